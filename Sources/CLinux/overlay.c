#define _GNU_SOURCE
#include "overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

static int set(int context, const char *name, const char *value) {
    return (int)syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, name, value, 0);
}

static int configure(int context, const char *const *lower, size_t count, const char *upper, const char *work) {
    for (size_t index = 0; index < count; index++) {
        if (set(context, "lowerdir+", lower[index]) < 0) return -1;
    }
    if (upper && (set(context, "upperdir", upper) < 0 || set(context, "workdir", work) < 0)) return -1;
    return (int)syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
}

int berth_overlay(const char *const *lower, size_t count, const char *upper, const char *work) {
    int context = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC);
    if (context < 0) return -1;
    unsigned int attributes =
        upper ? 0 : MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
    int made = configure(context, lower, count, upper, work) < 0
        ? -1
        : (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes);
    int cause = errno;
    close(context);
    errno = cause;
    return made;
}

int berth_mount_overlay_layers(const char *const *lower, size_t count, const char *target) {
    int made = berth_overlay(lower, count, NULL, NULL);
    if (made < 0) return -1;
    int result = (int)syscall(SYS_move_mount, made, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH);
    int cause = errno;
    close(made);
    errno = cause;
    return result;
}

bool berth_overlay_takes_many(void) {
    int context = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC);
    if (context < 0) return false;
    bool takes = set(context, "lowerdir+", "/") == 0;
    close(context);
    return takes;
}
