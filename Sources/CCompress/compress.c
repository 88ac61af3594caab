#define _GNU_SOURCE
#include "compress.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zlib.h>

enum { block_size = 64 * 1024, gzip_format = 15 + 16 };

static bool write_fully(int target, const unsigned char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(target, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes += written;
        count -= (size_t)written;
    }
    return true;
}

static bool compress_all(int source, int target, uint64_t inode) {
    static unsigned char input[block_size], output[block_size];
    unsigned char extra[12] = {BERTH_INODE_SUBFIELD_1, BERTH_INODE_SUBFIELD_2, 8, 0};
    for (int i = 0; i < 8; i++) extra[4 + i] = (unsigned char)(inode >> 8 * i);
    gz_header header = {.extra = extra, .extra_len = sizeof extra, .os = 3 /* Unix */};
    z_stream stream = {0};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_format, 8, Z_DEFAULT_STRATEGY) != Z_OK) return false;
    deflateSetHeader(&stream, &header);
    off_t offset = 0;
    int state = Z_OK;
    while (state != Z_STREAM_END) {
        ssize_t count = pread(source, input, sizeof input, offset);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        offset += count;
        stream.next_in = input;
        stream.avail_in = (unsigned)count;
        do {
            stream.next_out = output;
            stream.avail_out = sizeof output;
            state = deflate(&stream, count == 0 ? Z_FINISH : Z_NO_FLUSH);
            if (state == Z_STREAM_ERROR) return false;
            if (!write_fully(target, output, sizeof output - stream.avail_out)) return false;
        } while (stream.avail_out == 0);
    }
    return true;
}

// The new process has no more of its parent's than the two files: streams that it held would not end with their last user.
static bool run(int source, int target) {
    if (dup2(source, 0) < 0 || dup2(target, 1) < 0 || syscall(SYS_close_range, 3U, ~0U, 0U) < 0) return false;
    struct stat status;
    if (fstat(0, &status) < 0 || !compress_all(0, 1, status.st_ino)) return false;
    if (fchown(1, status.st_uid, status.st_gid) < 0 || fchmod(1, status.st_mode & 07777) < 0) return false;
    struct timespec times[2] = {status.st_atim, status.st_mtim};
    // The source goes when this has been done: it must not be lost to a power cut either.
    return futimens(1, times) == 0 && fsync(1) == 0;
}

pid_t berth_compress(int source, int target) {
    pid_t parent = getpid();
    pid_t child = fork();
    if (child != 0) return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    prctl(PR_SET_NAME, "berth-compress", 0, 0, 0);
    _exit(getppid() == parent && run(source, target) ? 0 : 1);
}
