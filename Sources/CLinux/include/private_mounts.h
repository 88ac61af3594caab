#ifndef BERTH_PRIVATE_MOUNTS_H
#define BERTH_PRIVATE_MOUNTS_H

/// Gives the calling thread a mount namespace and a working directory of its own, from which no mount spreads.
/// Both end with the thread, so only a thread made for it may call this. Returns 0, or -1 with errno.
int berth_enter_private_mounts(void);

/// Mounts a read-only overlay of `lower` (the value of "lowerdir=") on `target`. Returns 0, or -1 with errno;
/// E2BIG when the options do not fit in the kernel's page.
int berth_mount_overlay_view(const char *lower, const char *target);

#endif
