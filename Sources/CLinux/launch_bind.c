#define _GNU_SOURCE
#include "launch_internal.h"
#include "openat2.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

static uint64_t attributes_of(uint64_t flags) {
    uint64_t attributes = 0;
    if (flags & MS_RDONLY) attributes |= MOUNT_ATTR_RDONLY;
    if (flags & MS_NOSUID) attributes |= MOUNT_ATTR_NOSUID;
    if (flags & MS_NODEV) attributes |= MOUNT_ATTR_NODEV;
    if (flags & MS_NOEXEC) attributes |= MOUNT_ATTR_NOEXEC;
    return attributes;
}

static int clone_tree(int directory, const char *path, unsigned int flags) {
    return (int)syscall(SYS_open_tree, directory, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags);
}

static int set_attributes(int tree, unsigned int flags, struct mount_attr *attributes) {
    return (int)syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | flags, attributes, sizeof *attributes);
}

// The source in another container's mount namespace, where this process is for no longer than that takes.
static int clone_of_owner(const struct berth_launch *launch, const struct berth_mount *step, unsigned int flags) {
    int own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    if (own < 0 || setns(step->owner, CLONE_NEWNS) < 0) return -1;
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int source = root < 0 ? -1 : berth_open_in_root_nofollow(root, step->source, O_PATH, 0);
    int tree = source < 0 ? -1 : clone_tree(source, "", flags | AT_EMPTY_PATH);
    int cause = errno;
    if (setns(own, CLONE_NEWNS) < 0) launch_fail(launch, berth_step_namespace, launch->join_count, "mnt");
    if (root >= 0) close(root);
    if (source >= 0) close(source);
    close(own);
    errno = cause;
    return tree;
}

// Whoever writes to the source may have put links on the way of a subpath: none that leads out of it is followed.
static int clone_below(const struct berth_mount *step, unsigned int flags) {
    int source = open(step->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (source < 0) return -1;
    int below = berth_open_beneath(source, step->subpath, O_PATH, 0);
    int tree = below < 0 ? -1 : clone_tree(below, "", flags | AT_EMPTY_PATH);
    int cause = errno;
    close(source);
    if (below >= 0) close(below);
    errno = cause;
    return tree;
}

int tree_clone(const struct berth_launch *launch, const struct berth_mount *step) {
    unsigned int recursive = step->flags & MS_REC ? AT_RECURSIVE : 0;
    int tree = step->owner >= 0 ? clone_of_owner(launch, step, recursive)
        : step->subpath ? clone_below(step, recursive)
        : clone_tree(AT_FDCWD, step->source, recursive);
    struct mount_attr attributes = {.attr_set = attributes_of(step->flags)};
    struct mount_attr propagation = {.propagation = step->propagation & ~(uint64_t)MS_REC};
    if (tree < 0) return -1;
    int result = 0;
    if (attributes.attr_set) result = set_attributes(tree, step->recursive_read_only ? AT_RECURSIVE : 0, &attributes);
    if (result == 0 && propagation.propagation) result = set_attributes(tree, recursive, &propagation);
    if (result == 0) return tree;
    int cause = errno;
    close(tree);
    errno = cause;
    return -1;
}

// Of all that is in a procfs the root alone has this number; /proc/1/task, too, has processes below it.
enum { proc_root_inode = 1 };

bool tree_is_proc_of(int tree, int pid_namespace) {
    struct statfs kind;
    struct stat root, wanted, present;
    return fstatfs(tree, &kind) == 0 && kind.f_type == PROC_SUPER_MAGIC && fstat(tree, &root) == 0 &&
        root.st_ino == proc_root_inode && fstat(pid_namespace, &wanted) == 0 &&
        fstatat(tree, "1/ns/pid", &present, 0) == 0 && present.st_ino == wanted.st_ino && present.st_dev == wanted.st_dev;
}
