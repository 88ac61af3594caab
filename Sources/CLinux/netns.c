#define _GNU_SOURCE
#include "include/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/stat.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

int berth_netns_unshare(void)
{
    return unshare(CLONE_NEWNET);
}

int berth_netns_enter(int fd)
{
    return setns(fd, CLONE_NEWNET);
}

int berth_netns_current(void)
{
    return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

int berth_netns_open(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET) {
        close(fd);
        errno = EINVAL;
        return -1;
    }
    return fd;
}

int berth_netns_pin(const char *path)
{
    return mount("/proc/thread-self/ns/net", path, NULL, MS_BIND, NULL);
}

int berth_netns_pin_open(int fd, const char *path)
{
    char source[32];
    int descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0444);

    if (descriptor < 0)
        return -1;
    close(descriptor);
    snprintf(source, sizeof(source), "/proc/self/fd/%d", fd);
    return mount(source, path, NULL, MS_BIND, NULL);
}

int berth_netns_unpin(const char *path)
{
    return umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
}

int berth_mount_private(const char *directory)
{
    if (mount(directory, directory, NULL, MS_BIND, NULL) < 0)
        return -1;
    if (mount(NULL, directory, NULL, MS_PRIVATE, NULL) < 0) {
        int error = errno;
        umount2(directory, MNT_DETACH);
        errno = error;
        return -1;
    }
    return 0;
}

int berth_is_mount_root(const char *path)
{
    struct statx found;
    if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, 0, &found) < 0)
        return -1;
    return (found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}
