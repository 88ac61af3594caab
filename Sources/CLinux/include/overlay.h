#ifndef BERTH_OVERLAY_H
#define BERTH_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>

/// Makes an overlay (overlayfs of the kernel's documentation) with as many lower directories as the kernel takes, 500,
/// by handing over one after the other: mount(2) has a page for all of them. The top one comes first; names are taken as
/// they are, those of `upper` and `work` with their backslashes, colons and commas escaped. Without `upper` it is read-only.
/// Returns the mount, attached nowhere and close-on-exec, or -1 with errno: EINVAL before Linux 6.8.
/// Allocates nothing.
int berth_overlay(const char *const *lower, size_t count, const char *upper, const char *work);

/// The same without `upper`, for mounts of a thread's own, attached at `target`: 0, or -1 with errno.
int berth_mount_overlay_layers(const char *const *lower, size_t count, const char *target);

/// Whether this kernel has that.
bool berth_overlay_takes_many(void);

#endif
