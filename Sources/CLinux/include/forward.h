#ifndef BERTH_FORWARD_H
#define BERTH_FORWARD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Sockets of the forwarder: from IPv6 addresses of the host to IPv4 addresses of containers. All descriptors are
// close-on-exec and non-blocking.

/// Two ends of a datagram: who sent it or is to get it, and the host's address that it came to.
struct berth_datagram {
    uint8_t address[16];
    /// The link, of an address that holds on one link only; else 0.
    uint32_t scope;
    uint16_t port;
    uint8_t local[16];
    uint32_t interface;
};

/// A socket for IPv6 alone, bound to `address` and `port`, TCP (`udp` 0) and listening, or UDP and telling what address a
/// datagram came to. -1 with errno.
int berth_listen_ipv6(int udp, const uint8_t address[16], uint16_t port);

/// Whether the network namespace has IPv6: whether [::1] can be bound.
int berth_has_ipv6(void);

/// The next connection, which keeps itself alive and does not wait to fill packets. -1 with errno.
int berth_accept_stream(int listener);

/// A socket that is connected, or is being connected (TCP), to an IPv4 address (host byte order). -1 with errno.
int berth_connect_ipv4(int udp, uint32_t address, uint16_t port);

/// The error of a socket, which it forgets then (SO_ERROR); 0 for none.
int berth_socket_error(int socket);

/// Closes with a reset of the connection instead of an end (SO_LINGER).
void berth_reset(int socket);

/// A pipe to splice through. 0, or -1 with errno.
int berth_splice_pipe(int ends[2]);

/// Moves up to `count` bytes between a socket and a pipe without waiting: splice(2). -1 with errno.
ssize_t berth_splice(int from, int to, size_t count);

/// Receives a datagram at a socket of `berth_listen_ipv6`. -1 with errno.
ssize_t berth_receive_datagram(int socket, void *bytes, size_t count, struct berth_datagram *datagram);

/// Sends one to where `datagram` came from, from the address that it came to. -1 with errno.
ssize_t berth_send_datagram(int socket, const void *bytes, size_t count, const struct berth_datagram *datagram);

/// How many descriptors may come with one message (the kernel's SCM_MAX_FD).
#define BERTH_MOST_DESCRIPTORS 253

/// Sends all bytes on a socket, and `descriptors` (BERTH_MOST_DESCRIPTORS at most) along with the first. 0, or -1 with errno.
int berth_send_descriptors(int socket, const void *bytes, size_t count, const int *descriptors, size_t descriptor_count);

/// Receives up to `count` bytes without waiting, and the descriptors that came along, into room for
/// BERTH_MOST_DESCRIPTORS. -1 with errno.
ssize_t berth_receive_descriptors(int socket, void *bytes, size_t count, int *descriptors, size_t *descriptor_count);

/// Raises the soft limit of open files to the hard one, which is the result.
uint64_t berth_most_files(void);

/// Gives up all capabilities for good, and lets nobody look into the process. 0, or -1 with errno.
int berth_drop_privileges(void);

#endif
