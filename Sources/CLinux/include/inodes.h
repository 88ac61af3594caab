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

/// syncfs(2): writes out the file system that `fd` is on. Returns 0, or -1 with errno.
int berth_syncfs(int fd);

/// Takes the immutable and append-only marks (ioctl_iflags(2)) off the open file, so that it can be deleted.
/// A file system without such marks is no error. Returns 0, or -1 with errno.
int berth_clear_inode_flags(int fd);

#endif
