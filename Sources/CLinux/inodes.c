#define _GNU_SOURCE
#include "inodes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int berth_mknodat(int directory, const char *name, mode_t mode, unsigned int major_number, unsigned int minor_number) {
    return mknodat(directory, name, mode, makedev(major_number, minor_number));
}

unsigned int berth_major(dev_t device) { return major(device); }

unsigned int berth_minor(dev_t device) { return minor(device); }

int berth_rename_new(int directory, const char *name, int new_directory, const char *new_name) {
    if (renameat2(directory, name, new_directory, new_name, RENAME_NOREPLACE) == 0) {
        return 0;
    }
    if (errno != EINVAL && errno != ENOSYS) {
        return -1;
    }
    struct stat status;
    if (fstatat(new_directory, new_name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return -1;
    }
    return renameat(directory, name, new_directory, new_name);
}

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

// /proc/self/fd of this process, once somebody has asked to keep it.
static _Atomic int own_descriptors = -1;

int berth_keep_proc(void) {
    if (atomic_load(&own_descriptors) >= 0) {
        return 0;
    }
    int opened = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (opened < 0) {
        return -1;
    }
    int none = -1;
    if (!atomic_compare_exchange_strong(&own_descriptors, &none, opened)) {
        close(opened);
    }
    return 0;
}

int berth_change_owner(int fd, uid_t uid, gid_t gid) { return fchownat(fd, "", uid, gid, AT_EMPTY_PATH); }

int berth_change_mode(int fd, mode_t mode) {
    if (syscall(SYS_fchmodat2, fd, "", mode, AT_EMPTY_PATH) == 0) {
        return 0;
    }
    if (errno != ENOSYS || berth_keep_proc() < 0) {
        return -1;
    }
    char number[12];
    snprintf(number, sizeof number, "%d", fd);
    return fchmodat(atomic_load(&own_descriptors), number, mode, 0);
}

int berth_change_times(int fd, const struct timespec times[2]) { return utimensat(fd, "", times, AT_EMPTY_PATH); }

int berth_link(int fd, int directory, const char *name) { return linkat(fd, "", directory, name, AT_EMPTY_PATH); }

int berth_syncfs(int fd) { return syncfs(fd); }

int berth_clear_inode_flags(int fd) {
    int flags = 0;
    if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0) {
        return errno == ENOTTY || errno == EOPNOTSUPP || errno == EBADF ? 0 : -1;
    }
    if (!(flags & (FS_IMMUTABLE_FL | FS_APPEND_FL))) {
        return 0;
    }
    flags &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
    return ioctl(fd, FS_IOC_SETFLAGS, &flags);
}
