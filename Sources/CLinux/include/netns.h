// Network namespaces: the calls Swift's Glibc module does not carry. Each returns 0, or -1 with errno set.
#pragma once

#include <stdbool.h>

/// Moves the calling thread into a network namespace made for it: unshare(2), CLONE_NEWNET.
int berth_netns_unshare(void);

/// Moves the calling thread into the network namespace that `fd` refers to: setns(2), CLONE_NEWNET.
int berth_netns_enter(int fd);

/// Opens the calling thread's network namespace, close-on-exec; the descriptor, or -1 with errno set.
int berth_netns_current(void);

/// Opens the network namespace pinned at `path`, close-on-exec; the descriptor, or -1 with errno set: EINVAL when the
/// file is something else.
int berth_netns_open(const char *path);

/// Bind-mounts the calling thread's network namespace on the file `path`, which must exist.
int berth_netns_pin(const char *path);

/// Bind-mounts the open network namespace on the file `path`, which is made if it is not there; 0, or -1 with errno set.
int berth_netns_pin_open(int fd, const char *path);

/// Takes the topmost mount off `path` without waiting for its users: umount2(2), MNT_DETACH | UMOUNT_NOFOLLOW.
int berth_netns_unpin(const char *path);

/// Mounts `directory` on itself with private propagation, so that what is mounted below spreads nowhere.
int berth_mount_private(const char *directory);

/// Whether `path` is the root of a mount: 1 or 0, or -1 with errno set.
int berth_is_mount_root(const char *path);
