#ifndef BERTH_PRIVATE_MOUNTS_H
#define BERTH_PRIVATE_MOUNTS_H

/// Gives the calling thread a mount namespace and a working directory of its own, from which no mount spreads.
/// Both end with the thread, so only a thread made for it may call this. Returns 0, or -1 with errno.
int berth_enter_private_mounts(void);

/// Mounts what `berth_clone_mount` gave on the directory `target`: move_mount(2). Returns 0, or -1 with errno.
int berth_attach_mount(int tree, const char *target);

/// Mounts an empty tmpfs on `target`. Returns 0, or -1 with errno.
int berth_mount_scratch(const char *target);

/// Makes the mount at `root` the calling thread's "/" and lets go of all others in its mount namespace, which must be
/// its own: no path and no symbolic link leads anywhere but to what is mounted below `root`. Returns 0, or -1 with errno.
int berth_enter_root(const char *root);

/// Mounts a read-only overlay of `lower` (the value of "lowerdir=") on `target`. Returns 0, or -1 with errno;
/// E2BIG when the options do not fit in the kernel's page.
int berth_mount_overlay_view(const char *lower, const char *target);

#endif
