#define _GNU_SOURCE
#include "openat2.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAX_TRIES = 128 };

static int open_resolved(int root, const char *path, int flags, mode_t mode, unsigned long long resolve) {
    struct open_how how;
    memset(&how, 0, sizeof(how));
    how.flags = (unsigned int)flags | O_CLOEXEC;
    // The kernel refuses a mode that nothing would use.
    if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE) {
        how.mode = mode & 07777;
    }
    how.resolve = resolve | RESOLVE_NO_MAGICLINKS;
    for (int i = 0; i < MAX_TRIES; i++) {
        int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) {
            return fd;
        }
    }
    return -1;
}

int berth_open_in_root(int root, const char *path, int flags, mode_t mode) {
    return open_resolved(root, path, flags, mode, RESOLVE_IN_ROOT);
}

int berth_open_in_root_nofollow(int root, const char *path, int flags, mode_t mode) {
    return open_resolved(root, path, flags, mode, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
}

int berth_open_beneath(int root, const char *path, int flags, mode_t mode) {
    return open_resolved(root, path, flags, mode, RESOLVE_BENEATH);
}

int berth_open_same_mount(int root, const char *path, int flags, mode_t mode) {
    return open_resolved(root, path, flags, mode, RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS);
}
