#ifndef BERTH_UNIX_SOCKET_H
#define BERTH_UNIX_SOCKET_H

// Unix sockets by path, however long that is: it goes through the directory's descriptor, /proc/self/fd/N/name. An empty
// path is EINVAL: there are no abstract sockets, which anybody in the network namespace could take.

/// A stream socket that listens at `path`, mode 0600, close-on-exec, in place of whatever file was there. -1 with errno.
int berth_unix_listen(const char *path, int backlog);

/// A stream socket connected to `path`, blocking, close-on-exec. Where nobody takes connections and the queue is full,
/// EAGAIN after `milliseconds`. -1 with errno.
int berth_unix_connect(const char *path, int milliseconds);

#endif
