#ifndef BERTH_SPAWN_MONITOR_H
#define BERTH_SPAWN_MONITOR_H

#include <stddef.h>
#include <sys/types.h>

/// A sealed memory file with the contents of `source`, executable, close-on-exec: memfd_create(2). -1 with errno.
int berth_sealed_copy(int source, const char *name);

/// Starts `program` (a descriptor) in a session of its own, with `channel` as descriptor 3, /dev/null as 0 to 2, no
/// other descriptor, default signal handling and no arguments but its name. The pid, or -1 with errno.
pid_t berth_spawn_monitor(int program, int channel);

/// Sends all bytes on a socket, `descriptor` along with the first. 0, or -1 with errno.
int berth_send_with_descriptor(int socket, const void *bytes, size_t count, int descriptor);

/// Receives up to `count` bytes, and a descriptor if one came along (else -1 in `*descriptor`), close-on-exec.
ssize_t berth_receive_with_descriptor(int socket, void *bytes, size_t count, int *descriptor);

#endif
