#ifndef BERTH_OPENAT2_H
#define BERTH_OPENAT2_H

#include <sys/types.h>

/// O_PATH of open(2), which Swift's view of the C library lacks.
static const int BERTH_OPEN_PATH = 010000000;

/// Opens `path` below the directory `root`, treating `root` as "/": absolute symbolic links and ".." stay inside
/// (openat2(2), RESOLVE_IN_ROOT), and /proc-style magic links are refused. O_CLOEXEC is always added.
///
/// `mode` counts only with O_CREAT or O_TMPFILE. Retries EINTR, and EAGAIN (a rename raced with "..") a bounded
/// number of times. Returns a file descriptor, or -1 with errno.
int berth_open_in_root(int root, const char *path, int flags, mode_t mode);

/// Like `berth_open_in_root`, but no component of `path` may be a symbolic link (ELOOP).
int berth_open_in_root_nofollow(int root, const char *path, int flags, mode_t mode);

/// Opens `path` strictly beneath `root`: a path that would leave it fails with EXDEV instead of being clamped.
int berth_open_beneath(int root, const char *path, int flags, mode_t mode);

/// Opens `path` below `root` without following any symbolic link and without entering another mount (EXDEV), bind
/// mounts of the same file system included. For deleting trees in which something may still be mounted.
int berth_open_same_mount(int root, const char *path, int flags, mode_t mode);

#endif
