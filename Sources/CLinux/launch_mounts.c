#define _GNU_SOURCE
#include "launch_internal.h"
#include "openat2.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
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

// Of a procfs, what tools make for each container, as in runc. What is hidden there is so by name, and a process's
// attributes are written there.
static const char *const emulated[] = {
    "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime", "/proc/loadavg",
    "/proc/slabinfo", "/proc/net/dev", "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled",
};

static bool is_procfs(int descriptor) {
    struct statfs system;
    return fstatfs(descriptor, &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

// Whether a mount's target lies in the container's /proc, wherever the links in its path have led, and must not.
static bool is_inside_proc(int root, const char *target, int opened) {
    if (!is_procfs(opened)) return false;
    for (size_t index = 0; index < sizeof emulated / sizeof *emulated; index++) {
        if (strcmp(target, emulated[index]) == 0) return false;
    }
    int proc = berth_open_in_root_nofollow(root, "/proc", O_PATH | O_DIRECTORY, 0);
    struct stat own, other;
    bool inside = proc < 0 || fstat(proc, &own) < 0 || fstat(opened, &other) < 0 || own.st_dev == other.st_dev;
    if (proc >= 0) close(proc);
    return inside;
}

// Only a procfs is mounted at /proc itself.
static bool is_proc(const char *target) { return strcmp(target, "/proc") == 0; }

static int attach(int tree, int target) {
    return (int)syscall(SYS_move_mount, tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

static enum berth_step bind_mount(const struct berth_launch *launch, const struct berth_mount *step, int root) {
    int tree = tree_clone(launch, step);
    if (tree < 0) return berth_step_mount;
    if (step->joined_proc && !tree_is_proc_of(tree, launch->pid_namespace)) {
        errno = EINVAL;
        return berth_step_joined_proc;
    }
    struct stat status;
    if (fstat(tree, &status) < 0) return berth_step_mount;
    if (is_proc(step->target) && !is_procfs(tree)) return berth_step_mount_proc;
    int target = open_target(root, step->target, S_ISDIR(status.st_mode));
    if (target < 0) return target_step(step->target);
    if (is_inside_proc(root, step->target, target)) return berth_step_mount_proc;
    if (attach(tree, target) < 0) {
        // Of a directory and what is none move_mount(2) says no more than that it cannot be; mount(2) says why.
        struct stat covered;
        bool differs = errno == EINVAL && fstat(target, &covered) == 0 && S_ISDIR(covered.st_mode) != S_ISDIR(status.st_mode);
        errno = differs ? ENOTDIR : errno;
        return berth_step_mount;
    }
    close(tree);
    close(target);
    return 0;
}

// A tmpfs takes the mode of the directory that it covers, unless it is told one: what was private stays so.
static const char *data_with_mode(const struct berth_mount *step, int covered, char *storage, size_t size) {
    struct stat status;
    size_t length = strlen(step->data);
    if (covered < 0 || fstat(covered, &status) < 0 || length + sizeof "mode=0000," > size) return step->data;
    memcpy(storage, "mode=0000,", 10);
    for (int digit = 0; digit < 4; digit++) storage[5 + digit] = (char)('0' + (status.st_mode >> (9 - 3 * digit) & 7));
    memcpy(storage + 10, step->data, length + 1);
    if (length == 0) storage[9] = 0;
    return storage;
}

static enum berth_step new_mount(const struct berth_mount *step, int root) {
    if (is_proc(step->target) && strcmp(step->type, "proc") != 0) return berth_step_mount_proc;
    bool keeps_mode = strcmp(step->type, "tmpfs") == 0 && !strstr(step->data, "mode=");
    int covered = keeps_mode ? berth_open_in_root(root, step->target, O_PATH | O_DIRECTORY, 0) : -1;
    char storage[4096];
    const char *data = data_with_mode(step, covered, storage, sizeof storage);
    if (covered >= 0) close(covered);
    int target = open_target(root, step->target, true);
    if (target < 0) return target_step(step->target);
    if (is_inside_proc(root, step->target, target)) return berth_step_mount_proc;
    if (mount(step->source, path_of_descriptor(target).text, step->type, step->flags, data) < 0) return berth_step_mount;
    close(target);
    if (!step->propagation) return 0;
    int mounted = berth_open_in_root(root, step->target, O_RDONLY | O_DIRECTORY, 0);
    if (mounted < 0) return berth_step_mount;
    struct mount_attr attributes = {.propagation = step->propagation & ~(uint64_t)MS_REC};
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
