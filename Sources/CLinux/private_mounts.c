#define _GNU_SOURCE
#include "private_mounts.h"

#include "inodes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

// <sys/mount.h> and <linux/mount.h> clash in older libraries; these are the names needed of the former.
int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
int umount2(const char *target, int flags);
enum { DETACH = 2 };

enum { OPTIONS_SIZE = 4096 };

int berth_enter_private_mounts(void) {
    if (unshare(CLONE_FS | CLONE_NEWNS) < 0) {
        return -1;
    }
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

int berth_attach_mount(int tree, const char *target) {
    return (int)syscall(SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH);
}

int berth_mount_scratch(const char *target) {
    return mount("tmpfs", target, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700,size=64k");
}

int berth_enter_root(const char *root) {
    if (berth_keep_proc() < 0 || chdir(root) < 0) {
        return -1;
    }
    // The new root lies over the old one in the same place, until that is let go. pivot_root(2), "pivot_root(., .)"
    if (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", DETACH) < 0) {
        return -1;
    }
    return chdir("/");
}

int berth_mount_overlay_view(const char *lower, const char *target) {
    char options[OPTIONS_SIZE];
    int length = snprintf(options, sizeof(options), "lowerdir=%s", lower);
    if (length < 0 || length >= OPTIONS_SIZE) {
        errno = E2BIG;
        return -1;
    }
    return mount("overlay", target, "overlay", MS_RDONLY | MS_NODEV | MS_NOSUID | MS_NOEXEC, options);
}
