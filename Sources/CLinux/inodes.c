#define _GNU_SOURCE
#include "inodes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
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
