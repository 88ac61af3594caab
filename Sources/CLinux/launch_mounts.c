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

// <sys/mount.h> and <linux/mount.h> clash in older libraries; these are the few names needed of the former.
int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);

static uint64_t attributes_of(uint64_t flags) {
    uint64_t attributes = 0;
    if (flags & MS_RDONLY) attributes |= MOUNT_ATTR_RDONLY;
    if (flags & MS_NOSUID) attributes |= MOUNT_ATTR_NOSUID;
    if (flags & MS_NODEV) attributes |= MOUNT_ATTR_NODEV;
    if (flags & MS_NOEXEC) attributes |= MOUNT_ATTR_NOEXEC;
    return attributes;
}

// A clone of the tree at `source` with its attributes set, not attached anywhere yet.
static int cloned_tree(const struct berth_mount *step) {
    bool recursive = step->flags & MS_REC;
    int tree = (int)syscall(
        SYS_open_tree, AT_FDCWD, step->source,
        OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0));
    if (tree < 0) return -1;
    struct mount_attr attributes = {.attr_set = attributes_of(step->flags)};
    if (attributes.attr_set && syscall(SYS_mount_setattr, tree, "",
            AT_EMPTY_PATH | (step->recursive_read_only ? AT_RECURSIVE : 0), &attributes, sizeof attributes) < 0)
        goto failed;
    struct mount_attr propagation = {.propagation = step->propagation & ~(uint64_t)MS_REC};
    if (propagation.propagation && syscall(SYS_mount_setattr, tree, "",
            AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &propagation, sizeof propagation) < 0)
        goto failed;
    return tree;
failed:;
    int cause = errno;
    close(tree);
    errno = cause;
    return -1;
}

static int attach(int tree, int target) {
    return (int)syscall(SYS_move_mount, tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

static enum berth_step bind_mount(const struct berth_mount *step, int root) {
    int tree = cloned_tree(step);
    if (tree < 0) return berth_step_mount;
    struct stat status;
    if (fstat(tree, &status) < 0) return berth_step_mount;
    int target = tree_open_made(root, step->target, S_ISDIR(status.st_mode));
    if (target < 0) return berth_step_mount_target;
    if (attach(tree, target) < 0) return berth_step_mount;
    close(tree);
    close(target);
    return 0;
}

static enum berth_step new_mount(const struct berth_mount *step, int root) {
    int target = tree_open_made(root, step->target, true);
    if (target < 0) return berth_step_mount_target;
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
        enum berth_step failed = step->flags & MS_BIND ? bind_mount(step, root) : new_mount(step, root);
        if (failed && !step->optional) launch_fail(launch, failed, index, step->target);
    }
}

static void hide(const struct berth_launch *launch, int root, int null, size_t index) {
    const char *path = launch->masked[index];
    int target = berth_open_in_root(root, path, O_PATH, 0);
    if (target < 0) {
        if (errno == ENOENT || errno == ENOTDIR) return;
        launch_fail(launch, berth_step_mask, index, path);
    }
    struct stat status;
    if (fstat(target, &status) < 0) launch_fail(launch, berth_step_mask, index, path);
    int result;
    if (S_ISDIR(status.st_mode)) {
        result = mount("tmpfs", path_of_descriptor(target).text, "tmpfs", MS_RDONLY, "size=4k,nr_inodes=1");
    } else {
        int tree = (int)syscall(SYS_open_tree, null, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        result = tree < 0 ? -1 : attach(tree, target);
        if (tree >= 0) close(tree);
    }
    if (result < 0) launch_fail(launch, berth_step_mask, index, path);
    close(target);
}

static void make_read_only(const struct berth_launch *launch, int root, size_t index) {
    const char *path = launch->read_only[index];
    int target = berth_open_in_root(root, path, O_PATH, 0);
    if (target < 0) {
        if (errno == ENOENT || errno == ENOTDIR) return;
        launch_fail(launch, berth_step_read_only, index, path);
    }
    int tree = (int)syscall(
        SYS_open_tree, target, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
    if (tree < 0 ||
        syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof attributes) < 0 ||
        attach(tree, target) < 0)
        launch_fail(launch, berth_step_read_only, index, path);
    close(tree);
    close(target);
}

void launch_hide_paths(const struct berth_launch *launch, int root) {
    for (size_t index = 0; index < launch->read_only_count; index++) make_read_only(launch, root, index);
    if (launch->masked_count == 0) return;
    // Never the host's node: its owner and mode could be changed through the mask.
    int null = berth_open_in_root(root, "/dev/null", O_PATH, 0);
    struct stat status;
    if (null < 0 || fstat(null, &status) < 0) launch_fail(launch, berth_step_mask, 0, "/dev/null");
    if (!S_ISCHR(status.st_mode) || status.st_rdev != ((1 << 8) | 3)) {
        errno = ENODEV;
        launch_fail(launch, berth_step_mask, 0, "/dev/null");
    }
    for (size_t index = 0; index < launch->masked_count; index++) hide(launch, root, null, index);
    close(null);
}
