#ifndef BERTH_SPAWN_MONITOR_H
#define BERTH_SPAWN_MONITOR_H

#include <stddef.h>
#include <sys/types.h>

/// A file system in memory that holds `source` as `name`, executable, and nothing else: mounted nowhere, read-only for good,
/// so that whoever comes by the file can change neither it nor its owner, mode and attributes. Its descriptor,
/// close-on-exec, or -1 with errno: needs Linux 5.12.
int berth_program_mount(int source, const char *name);

/// A further mount of the same directory, with attributes of its own, mounted nowhere yet (open_tree(2)): of one that is
/// itself mounted nowhere it needs Linux 6.15.
int berth_clone_mount(int mount);

/// Lets nothing be executed from the mount any more: what runs from it already runs on. Only that itself knows when it
/// does: vfork(2) is over before the program is loaded. 0, or -1 with errno.
int berth_end_execution(int mount);

/// The file for `berth_spawn_monitor`, close-on-exec, or -1 with errno.
int berth_open_program(int mount, const char *name);

/// A sealed memory file with the contents of `source`, executable, close-on-exec: memfd_create(2). -1 with errno.
int berth_sealed_copy(int source, const char *name);

/// Starts `program` (a descriptor) in a session of its own, with `channel` as descriptor 3, `mount` as 4 unless it is -1,
/// /dev/null as 0 to 2, no other descriptor, default signal handling and no arguments but its name. The pid, or -1 with
/// errno.
pid_t berth_spawn_monitor(int program, int channel, int mount);

/// Sends all bytes on a socket, `descriptor` along with the first. 0, or -1 with errno.
int berth_send_with_descriptor(int socket, const void *bytes, size_t count, int descriptor);

/// Receives up to `count` bytes, and a descriptor if one came along (else -1 in `*descriptor`), close-on-exec.
ssize_t berth_receive_with_descriptor(int socket, void *bytes, size_t count, int *descriptor);

#endif
