#define _GNU_SOURCE
#include "check.h"
#include "compress.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

static int compressed(int source, int target) {
    int status;
    pid_t child = berth_compress(source, target);
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    return status;
}

// Sizes at the ends of the compressor's blocks, of bytes that shrink and of bytes that do not.
static void check_size(size_t size, int shrinks) {
    unsigned char *bytes = malloc(size + 1), *again = malloc(size + 1);
    unsigned int state = 1;
    for (size_t i = 0; i < size; i++) bytes[i] = shrinks ? (unsigned char)(i / 100) : (unsigned char)((state = state * 1103515245 + 12345) >> 16);
    int source = open("source", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    int target = open("target", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(bytes && again && source >= 0 && target >= 0 && write(source, bytes, size) == (ssize_t)size);
    CHECK(compressed(source, target) == 0);
    struct stat status;
    CHECK(fstat(target, &status) == 0 && (status.st_mode & 07777) == 0640);
    gzFile file = gzopen("target", "rb");
    CHECK(file && gzread(file, again, (unsigned)size + 1) == (int)size && memcmp(bytes, again, size) == 0);
    CHECK(gzclose(file) == Z_OK && close(source) == 0 && close(target) == 0);
    free(bytes);
    free(again);
}

void check_compression(void) {
    size_t sizes[] = {0, 1, 65535, 65536, 65537, 1 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        check_size(sizes[i], 0);
        check_size(sizes[i], 1);
    }
    int folder = open(".", O_RDONLY | O_CLOEXEC);
    CHECK(folder >= 0 && compressed(folder, folder) != 0 && close(folder) == 0);
    CHECK(unlink("source") == 0 && unlink("target") == 0);
}
