#define _GNU_SOURCE
#include "launch_internal.h"
#include "openat2.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// <sys/mount.h> and <linux/mount.h> clash in older libraries; this is the one name needed of the former.
int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);

// What a container knows the kernel by. With a link in its place, an image could have it mounted elsewhere, where nothing
// of it is hidden.
static bool leads_to_kernel(const char *target) {
    return strcmp(target, "/proc") == 0 || strcmp(target, "/sys") == 0 || strcmp(target, "/dev") == 0;
}

// What a mount's target names, O_PATH, made when it is missing.
static int open_target(int root, const char *target, bool directory) {
    if (!leads_to_kernel(target)) return tree_open_made(root, target, directory);
    int there = berth_open_in_root_nofollow(root, target, O_PATH | O_DIRECTORY, 0);
    if (there >= 0 || errno != ENOENT || mkdirat(root, target + 1, 0755) < 0) return there;
    return berth_open_in_root_nofollow(root, target, O_PATH | O_DIRECTORY, 0);
}

static enum berth_step target_step(const char *target) {
    bool is_other = errno == ELOOP || errno == ENOTDIR;
    return is_other && leads_to_kernel(target) ? berth_step_mount_directory : berth_step_mount_target;
}

static int attach(int tree, int target) {
    return (int)syscall(SYS_move_mount, tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

static enum berth_step bind_mount(const struct berth_launch *launch, const struct berth_mount *step, int root) {
    int tree = tree_clone(launch, step);
    if (tree < 0) return berth_step_mount;
    struct stat status;
    if (fstat(tree, &status) < 0) return berth_step_mount;
    int target = open_target(root, step->target, S_ISDIR(status.st_mode));
    if (target < 0) return target_step(step->target);
    if (attach(tree, target) < 0) return berth_step_mount;
    close(tree);
    close(target);
    return 0;
}

static enum berth_step new_mount(const struct berth_mount *step, int root) {
    int target = open_target(root, step->target, true);
    if (target < 0) return target_step(step->target);
    int below = -1;
    struct stat status;
    if (step->copy_up) {
        below = berth_open_in_root(root, step->target, O_RDONLY | O_DIRECTORY, 0);
        if (below < 0 || fstat(below, &status) < 0) return berth_step_mount;
    }
    // A tmpfs that is to be filled first becomes read-only only afterwards: by its attributes, in one step.
    uint64_t flags = step->copy_up ? step->flags & ~(uint64_t)MS_RDONLY : step->flags;
    if (mount(step->source, path_of_descriptor(target).text, step->type, flags, step->data) < 0) return berth_step_mount;
    close(target);
    if (!step->copy_up && !step->propagation) return 0;
    int mounted = berth_open_in_root(root, step->target, O_RDONLY | O_DIRECTORY, 0);
    if (mounted < 0) return berth_step_mount;
    if (step->copy_up) {
        if (tree_copy(below, mounted, 0) < 0) return berth_step_mount;
        if (!strstr(step->data, "mode=")) fchmod(mounted, status.st_mode & 07777);
        if (!strstr(step->data, "uid=") && !strstr(step->data, "gid=") && fchown(mounted, status.st_uid, status.st_gid) < 0)
            return berth_step_mount;
        close(below);
    }
    struct mount_attr attributes = {
        .attr_set = step->flags & MS_RDONLY ? MOUNT_ATTR_RDONLY : 0,
        .propagation = step->propagation & ~(uint64_t)MS_REC};
    if (syscall(SYS_mount_setattr, mounted, "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0)
        return berth_step_mount;
    close(mounted);
    return 0;
}

void launch_mount_all(const struct berth_launch *launch, int root) {
    for (size_t index = 0; index < launch->mount_count; index++) {
        const struct berth_mount *step = &launch->mounts[index];
        enum berth_step failed = step->flags & MS_BIND ? bind_mount(launch, step, root) : new_mount(step, root);
        if (failed && !step->optional) launch_fail(launch, failed, index, step->target);
    }
}
