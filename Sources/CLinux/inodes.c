#define _GNU_SOURCE
#include "inodes.h"

#include <errno.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int berth_mknodat(int directory, const char *name, mode_t mode, unsigned int major_number, unsigned int minor_number) {
    return mknodat(directory, name, mode, makedev(major_number, minor_number));
}

unsigned int berth_major(dev_t device) { return major(device); }

unsigned int berth_minor(dev_t device) { return minor(device); }

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
