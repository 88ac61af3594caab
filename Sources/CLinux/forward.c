#define _GNU_SOURCE
#include "forward.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int set(int socket, int level, int option, int value) {
    return setsockopt(socket, level, option, &value, sizeof value);
}

static int failed(int descriptor) {
    int cause = errno;
    if (descriptor >= 0) close(descriptor);
    errno = cause;
    return -1;
}

int berth_listen_ipv6(int udp, const uint8_t address[16], uint16_t port) {
    int made = socket(AF_INET6, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made < 0 || set(made, IPPROTO_IPV6, IPV6_V6ONLY, 1) < 0) return failed(made);
    if (set(made, udp ? IPPROTO_IPV6 : SOL_SOCKET, udp ? IPV6_RECVPKTINFO : SO_REUSEADDR, 1) < 0) return failed(made);
    struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    memcpy(&name.sin6_addr, address, 16);
    if (bind(made, (struct sockaddr *)&name, sizeof name) < 0) return failed(made);
    if (!udp && listen(made, 4096) < 0) return failed(made);
    return made;
}

int berth_has_ipv6(void) {
    static const uint8_t loopback[16] = {[15] = 1};
    int made = berth_listen_ipv6(1, loopback, 0);
    if (made >= 0) close(made);
    return made >= 0;
}

// As a connection without a forwarder would be: small pieces at once, and an end that is not told is noticed some time.
static void prepare_stream(int stream) {
    set(stream, IPPROTO_TCP, TCP_NODELAY, 1);
    set(stream, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(stream, IPPROTO_TCP, TCP_KEEPIDLE, 60);
    set(stream, IPPROTO_TCP, TCP_KEEPINTVL, 15);
}

int berth_accept_stream(int listener) {
    int stream = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (stream >= 0) prepare_stream(stream);
    return stream;
}

int berth_connect_ipv4(int udp, uint32_t address, uint16_t port) {
    int made = socket(AF_INET, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made < 0) return -1;
    if (!udp) prepare_stream(made);
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
    if (connect(made, (struct sockaddr *)&name, sizeof name) < 0 && errno != EINPROGRESS) return failed(made);
    return made;
}

int berth_socket_error(int socket) {
    int error = 0;
    socklen_t size = sizeof error;
    return getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? errno : error;
}

void berth_reset(int socket) {
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(socket);
}

int berth_splice_pipe(int ends[2]) { return pipe2(ends, O_NONBLOCK | O_CLOEXEC); }

ssize_t berth_splice(int from, int to, size_t count) {
    ssize_t moved;
    do moved = splice(from, NULL, to, NULL, count, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    while (moved < 0 && errno == EINTR);
    return moved;
}

ssize_t berth_receive_datagram(int socket, void *bytes, size_t count, struct berth_datagram *datagram) {
    struct sockaddr_in6 from;
    struct iovec part = {bytes, count};
    union {
        struct cmsghdr align;
        char space[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    } control;
    struct msghdr message = {
        .msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
        .msg_controllen = sizeof control};
    ssize_t received;
    do received = recvmsg(socket, &message, MSG_DONTWAIT);
    while (received < 0 && errno == EINTR);
    if (received < 0) return -1;
    memset(datagram, 0, sizeof *datagram);
    memcpy(datagram->address, &from.sin6_addr, 16);
    datagram->scope = from.sin6_scope_id;
    datagram->port = ntohs(from.sin6_port);
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != IPPROTO_IPV6 || header->cmsg_type != IPV6_PKTINFO) continue;
        struct in6_pktinfo local;
        memcpy(&local, CMSG_DATA(header), sizeof local);
        memcpy(datagram->local, &local.ipi6_addr, 16);
        // Only such an address needs its link: the way back from others is the routes' affair.
        if (IN6_IS_ADDR_LINKLOCAL(&local.ipi6_addr)) datagram->interface = (uint32_t)local.ipi6_ifindex;
    }
    return received;
}

ssize_t berth_send_datagram(int socket, const void *bytes, size_t count, const struct berth_datagram *datagram) {
    struct sockaddr_in6 to = {
        .sin6_family = AF_INET6, .sin6_port = htons(datagram->port), .sin6_scope_id = datagram->scope};
    memcpy(&to.sin6_addr, datagram->address, 16);
    struct iovec part = {(void *)bytes, count};
    union {
        struct cmsghdr align;
        char space[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    } control;
    memset(&control, 0, sizeof control);
    struct msghdr message = {
        .msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
        .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = IPPROTO_IPV6;
    header->cmsg_type = IPV6_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof(struct in6_pktinfo));
    struct in6_pktinfo local = {.ipi6_ifindex = datagram->interface};
    memcpy(&local.ipi6_addr, datagram->local, 16);
    memcpy(CMSG_DATA(header), &local, sizeof local);
    ssize_t sent;
    do sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent;
}

union descriptors {
    struct cmsghdr align;
    char space[CMSG_SPACE(BERTH_MOST_DESCRIPTORS * sizeof(int))];
};

int berth_send_descriptors(int socket, const void *bytes, size_t count, const int *descriptors, size_t descriptor_count) {
    const char *next = bytes;
    while (count > 0) {
        struct iovec part = {(void *)next, count};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        union descriptors control;
        if (descriptor_count > 0) {
            memset(&control, 0, sizeof control);
            message.msg_control = &control;
            message.msg_controllen = CMSG_SPACE(descriptor_count * sizeof(int));
            struct cmsghdr *header = CMSG_FIRSTHDR(&message);
            header->cmsg_level = SOL_SOCKET;
            header->cmsg_type = SCM_RIGHTS;
            header->cmsg_len = CMSG_LEN(descriptor_count * sizeof(int));
            memcpy(CMSG_DATA(header), descriptors, descriptor_count * sizeof(int));
        }
        ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EINTR) continue;
            return -1;
        }
        descriptor_count = 0;
        next += sent;
        count -= (size_t)sent;
    }
    return 0;
}

ssize_t berth_receive_descriptors(int socket, void *bytes, size_t count, int *descriptors, size_t *descriptor_count) {
    struct iovec part = {bytes, count};
    union descriptors control;
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    *descriptor_count = 0;
    ssize_t received;
    do received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    while (received < 0 && errno == EINTR);
    if (received < 0) return -1;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t size = header->cmsg_len - CMSG_LEN(0);
        memcpy(descriptors, CMSG_DATA(header), size);
        *descriptor_count = size / sizeof(int);
    }
    return received;
}

uint64_t berth_most_files(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return 1024;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_max;
}

int berth_drop_privileges(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) return -1;
    for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
        prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    return (int)syscall(SYS_capset, &header, none);
}
