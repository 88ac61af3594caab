#define _GNU_SOURCE
#include "launch_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct directory_entry {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

static int copy_contents(int source, int target, const char *name, const struct stat *status) {
    int from = openat(source, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (from < 0) return -1;
    int to = openat(target, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    ssize_t count = to < 0 ? -1 : 1;
    for (off_t left = status->st_size; count > 0 && left > 0; left -= count)
        count = sendfile(to, from, NULL, (size_t)(left < (1 << 30) ? left : 1 << 30));
    int cause = errno;
    close(from);
    if (to >= 0) close(to);
    errno = cause;
    return count < 0 ? -1 : 0;
}

static int copy_link(int source, int target, const char *name) {
    char text[PATH_MAX];
    ssize_t length = readlinkat(source, name, text, sizeof text - 1);
    if (length < 0) return -1;
    text[length] = 0;
    return symlinkat(text, target, name);
}

static int copy_directory(int source, int target, const char *name, int depth) {
    if (mkdirat(target, name, 0700) < 0) return -1;
    int from = openat(source, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int to = openat(target, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int result = from < 0 || to < 0 ? -1 : tree_copy(from, to, depth + 1);
    int cause = errno;
    if (from >= 0) close(from);
    if (to >= 0) close(to);
    errno = cause;
    return result;
}

static int copy_entry(int source, int target, const char *name, int depth) {
    struct stat status;
    if (fstatat(source, name, &status, AT_SYMLINK_NOFOLLOW) < 0) return -1;
    int result;
    switch (status.st_mode & S_IFMT) {
    case S_IFREG: result = copy_contents(source, target, name, &status); break;
    case S_IFLNK: result = copy_link(source, target, name); break;
    case S_IFDIR: result = copy_directory(source, target, name, depth); break;
    default: result = mknodat(target, name, status.st_mode, status.st_rdev);
    }
    if (result < 0) return -1;
    if (fchownat(target, name, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) < 0) return -1;
    if (!S_ISLNK(status.st_mode) && fchmodat(target, name, status.st_mode & 07777, 0) < 0) return -1;
    const struct timespec times[2] = {status.st_atim, status.st_mtim};
    return utimensat(target, name, times, AT_SYMLINK_NOFOLLOW);
}

int tree_copy(int source, int target, int depth) {
    if (depth > 64) {
        errno = ELOOP;
        return -1;
    }
    _Alignas(8) char buffer[2048];
    while (true) {
        long count = syscall(SYS_getdents64, source, buffer, sizeof buffer);
        if (count <= 0) return (int)count;
        for (long offset = 0; offset < count;) {
            const struct directory_entry *entry = (const void *)(buffer + offset);
            offset += entry->length;
            if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0) continue;
            if (copy_entry(source, target, entry->name, depth) < 0) return -1;
        }
    }
}
