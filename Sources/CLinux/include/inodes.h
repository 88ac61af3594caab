#ifndef BERTH_INODES_H
#define BERTH_INODES_H

#include <sys/stat.h>
#include <sys/types.h>
#include <sys/xattr.h>

/// mknodat(2) with the device number in its two parts. `mode` has the file type. Returns 0, or -1 with errno.
int berth_mknodat(int directory, const char *name, mode_t mode, unsigned int major_number, unsigned int minor_number);

/// The two parts of a device number.
unsigned int berth_major(dev_t device);
unsigned int berth_minor(dev_t device);

/// renameat2(2) with RENAME_NOREPLACE: EEXIST when the new name is taken. On a file system that lacks this, the name is
/// looked at first. Returns 0, or -1 with errno.
int berth_rename_new(int directory, const char *name, int new_directory, const char *new_name);

// Changes of a file by a descriptor of it, which may be one of O_PATH: no name is looked up, so nobody can put another
// file, or a symbolic link, in its place meanwhile. Each returns 0, or -1 with errno.

/// fchownat(2), AT_EMPTY_PATH.
int berth_change_owner(int fd, uid_t uid, gid_t gid);

/// fchmodat2(2), AT_EMPTY_PATH; before Linux 6.6 through /proc. `mode` has the permission bits (07777) alone.
int berth_change_mode(int fd, mode_t mode);

/// utimensat(2), AT_EMPTY_PATH: the times of last access and last change.
int berth_change_times(int fd, const struct timespec times[2]);

/// One more name for an open file: linkat(2), AT_EMPTY_PATH. `name` is a single component.
int berth_link(int fd, int directory, const char *name);

/// Has `berth_change_mode` work in this process when /proc is no longer in sight of a thread.
int berth_keep_proc(void);

/// syncfs(2): writes out the file system that `fd` is on. Returns 0, or -1 with errno.
int berth_syncfs(int fd);

/// Takes the immutable and append-only marks (ioctl_iflags(2)) off the open file, so that it can be deleted.
/// A file system without such marks is no error. Returns 0, or -1 with errno.
int berth_clear_inode_flags(int fd);

#endif
