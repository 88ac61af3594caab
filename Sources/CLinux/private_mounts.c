#define _GNU_SOURCE
#include "private_mounts.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>

enum { OPTIONS_SIZE = 4096 };

int berth_enter_private_mounts(void) {
    if (unshare(CLONE_FS | CLONE_NEWNS) < 0) {
        return -1;
    }
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
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
