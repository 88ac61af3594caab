#define _GNU_SOURCE
#include "launch_internal.h"
#include "openat2.h"
#include "overlay.h"
#include "private_mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

// The mount that holds `path`: the first of its parents that is a mountpoint.
static int make_holding_mount_private(const char *path) {
    char way[PATH_MAX];
    size_t length = strlen(path);
    if (length >= sizeof way) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(way, path, length + 1);
    while (true) {
        if (mount(NULL, way[0] ? way : "/", NULL, MS_PRIVATE, NULL) == 0) return 0;
        if (errno != EINVAL || !way[0]) return -1;
        char *slash = strrchr(way, '/');
        if (!slash) return -1;
        *slash = 0;
    }
}

static int mount_overlay(const struct berth_launch *launch) {
    if (launch->overlay_base && chdir(launch->overlay_base) < 0)
        launch_fail(launch, berth_step_root, 0, launch->overlay_base);
    if (launch->overlay_options) return mount("overlay", launch->root, "overlay", 0, launch->overlay_options);
    int made = berth_overlay(
        launch->overlay_lower, launch->overlay_lower_count, launch->overlay_upper, launch->overlay_work);
    if (made < 0) return -1;
    int result = berth_attach_mount(made, launch->root);
    int cause = errno;
    close(made);
    errno = cause;
    return result;
}

int launch_mount_root(const struct berth_launch *launch) {
    if (mount(NULL, "/", NULL, launch->root_propagation | MS_REC, NULL) < 0)
        launch_fail(launch, berth_step_propagation, 0, "/");
    if ((launch->root_propagation & MS_SHARED) && make_holding_mount_private(launch->root) < 0)
        launch_fail(launch, berth_step_propagation, 0, launch->root);
    if (launch->overlay_options || launch->overlay_lower_count) {
        if (mount_overlay(launch) < 0) launch_fail(launch, berth_step_root, 0, launch->root);
    } else if (mount(launch->root, launch->root, NULL, MS_BIND | MS_REC, NULL) < 0) {
        launch_fail(launch, berth_step_root, 0, launch->root);
    }
    int root = open(launch->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) launch_fail(launch, berth_step_root, 0, launch->root);
    return root;
}

static void bind_from_host(const struct berth_launch *launch, int root, size_t index) {
    const struct berth_device *device = &launch->devices[index];
    int target = tree_open_made(root, device->path, false);
    if (target < 0 || mount(device->host_path, path_of_descriptor(target).text, NULL, MS_BIND, NULL) < 0)
        launch_fail(launch, berth_step_device, index, device->path);
    close(target);
}

static void make_device(const struct berth_launch *launch, int root, size_t index) {
    const struct berth_device *device = &launch->devices[index];
    char storage[PATH_MAX];
    const char *name;
    int parent = tree_open_parent(root, device->path, storage, &name);
    if (parent < 0) launch_fail(launch, berth_step_device, index, device->path);
    if (mknodat(parent, name, device->mode, makedev(device->major, device->minor)) == 0) {
        if (fchownat(parent, name, device->uid, device->gid, AT_SYMLINK_NOFOLLOW) < 0)
            launch_fail(launch, berth_step_device, index, device->path);
    } else if (errno == EPERM) {
        bind_from_host(launch, root, index);
    } else if (errno != EEXIST) {
        launch_fail(launch, berth_step_device, index, device->path);
    }
    close(parent);
}

void launch_make_devices(const struct berth_launch *launch, int root) {
    for (size_t index = 0; index < launch->device_count; index++) make_device(launch, root, index);
    for (size_t index = 0; index < launch->link_count; index++) {
        char storage[PATH_MAX];
        const char *name;
        int parent = tree_open_parent(root, launch->links[index].name, storage, &name);
        if (parent < 0 || (symlinkat(launch->links[index].value, parent, name) < 0 && errno != EEXIST))
            launch_fail(launch, berth_step_link, index, launch->links[index].name);
        close(parent);
    }
}

void launch_pivot(const struct berth_launch *launch, int root) {
    int old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (old < 0 || fchdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
        launch_fail(launch, berth_step_pivot, 0, launch->root);
    // The old root lies on top of the new one now; its going away must not travel to the host.
    if (fchdir(old) < 0 || (!(launch->root_propagation & MS_PRIVATE) && mount(NULL, ".", NULL, MS_SLAVE | MS_REC, NULL) < 0) ||
        umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
        launch_fail(launch, berth_step_pivot, 0, launch->root);
    if (!(launch->root_propagation & MS_PRIVATE) && mount(NULL, "/", NULL, launch->root_propagation, NULL) < 0)
        launch_fail(launch, berth_step_propagation, 0, "/");
    if (launch->read_only_root && mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0)
        launch_fail(launch, berth_step_read_only, 0, "/");
    close(old);
    close(root);
}
