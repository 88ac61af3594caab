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

// What `path` names, O_PATH; -1 when there is nothing of that name. Below /proc and /sys the first step is no link: had
// one led the mounts elsewhere, nothing would be hidden.
static int open_named(
    const struct berth_launch *launch, int root, enum berth_step step, size_t index, const char *path) {
    const char *top = strncmp(path, "/proc/", 6) == 0 ? "/proc" : strncmp(path, "/sys/", 5) == 0 ? "/sys" : NULL;
    int place = top ? berth_open_in_root_nofollow(root, top, O_PATH | O_DIRECTORY, 0) : root;
    int named = place < 0 ? -1 : berth_open_in_root(place, top ? path + strlen(top) : path, O_PATH, 0);
    int cause = errno;
    if (top && place >= 0) close(place);
    errno = cause;
    bool absent = errno == ENOENT || (place >= 0 && errno == ENOTDIR);
    if (named < 0 && !absent) launch_fail(launch, step, index, path);
    return named;
}

static int bind_over(int source, int target, unsigned int recursive, uint64_t attributes) {
    int tree = (int)syscall(
        SYS_open_tree, source, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive);
    if (tree < 0) return -1;
    struct mount_attr wanted = {.attr_set = attributes};
    int result = attributes == 0
        ? 0
        : (int)syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | recursive, &wanted, sizeof wanted);
    if (result == 0)
        result = (int)syscall(
            SYS_move_mount, tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
    int cause = errno;
    close(tree);
    errno = cause;
    return result;
}

static void make_read_only(const struct berth_launch *launch, int root, size_t index) {
    const char *path = launch->read_only[index];
    int target = open_named(launch, root, berth_step_read_only, index, path);
    if (target < 0) return;
    if (bind_over(target, target, AT_RECURSIVE, MOUNT_ATTR_RDONLY) < 0)
        launch_fail(launch, berth_step_read_only, index, path);
    close(target);
}

static void hide(const struct berth_launch *launch, int root, int null, size_t index) {
    const char *path = launch->masked[index];
    int target = open_named(launch, root, berth_step_mask, index, path);
    if (target < 0) return;
    struct stat status;
    int result = fstat(target, &status);
    if (result == 0 && S_ISDIR(status.st_mode))
        result = mount("tmpfs", path_of_descriptor(target).text, "tmpfs", MS_RDONLY, "size=4k,nr_inodes=1");
    else if (result == 0)
        result = bind_over(null, target, 0, 0);
    if (result < 0) launch_fail(launch, berth_step_mask, index, path);
    close(target);
}

void launch_hide_paths(const struct berth_launch *launch, int root) {
    for (size_t index = 0; index < launch->read_only_count; index++) make_read_only(launch, root, index);
    if (launch->masked_count == 0) return;
    // Never the host's node: its owner and mode could be changed through the mask.
    int null = tree_find_device(root, "/dev/null", 1, 3);
    if (null < 0) launch_fail(launch, berth_step_mask, 0, "/dev/null");
    for (size_t index = 0; index < launch->masked_count; index++) hide(launch, root, null, index);
    close(null);
}
