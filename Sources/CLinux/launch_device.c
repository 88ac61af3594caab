#define _GNU_SOURCE
#include "launch_internal.h"
#include "openat2.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int tree_find_device(int root, const char *path, unsigned int major, unsigned int minor) {
    int node = berth_open_in_root(root, path, O_PATH, 0);
    struct stat status;
    if (node < 0) return -1;
    if (fstat(node, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(major, minor)) return node;
    close(node);
    errno = ENODEV;
    return -1;
}

int tree_open_device(int own_descriptors, int root, const char *path, unsigned int major, unsigned int minor, int flags) {
    int node = tree_find_device(root, path, major, minor);
    if (node < 0) return -1;
    const struct descriptor_path path_of_node = path_of_descriptor(node);
    int device = openat(own_descriptors, strrchr(path_of_node.text, '/') + 1, flags | O_CLOEXEC);
    int cause = errno;
    close(node);
    errno = cause;
    return device;
}
