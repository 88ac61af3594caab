#define _GNU_SOURCE
#include "check.h"
#include "forward.h"
#include "launch.h"
#include "spawn_monitor.h"
#include "unix_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

// Paths of every length around those that an address takes, and around those of a path.
static void check_paths(void) {
    char path[4400];
    for (size_t length = 1; length < sizeof path; length += length < 300 || length > 3900 ? 1 : 97) {
        memset(path, 'a', length);
        path[length] = 0;
        for (size_t place = 80; place < length; place += 80) path[place] = '/';
        int socket = berth_unix_connect(path, 1);
        CHECK(socket < 0);
    }
    CHECK(berth_unix_connect("", 1) < 0 && errno == EINVAL);
    CHECK(berth_unix_listen("", 1) < 0 && errno == EINVAL);
    int listener = berth_unix_listen("socket", 4);
    int client = berth_unix_connect("socket", 1000);
    int server = berth_accept(listener);
    CHECK(listener >= 0 && client >= 0 && server >= 0);
    CHECK(close(listener) == 0 && close(client) == 0 && close(server) == 0 && unlink("socket") == 0);
}

static void check_descriptors(void) {
    int pair[2], got[BERTH_MOST_DESCRIPTORS], one;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    size_t count;
    char bytes[64];
    for (size_t sent = 0; sent <= BERTH_MOST_DESCRIPTORS; sent += sent < 3 || sent > 250 ? 1 : 31) {
        int given[BERTH_MOST_DESCRIPTORS];
        for (size_t i = 0; i < sent; i++) given[i] = pair[1];
        CHECK(berth_send_descriptors(pair[0], "bytes", 5, given, sent) == 0);
        CHECK(berth_receive_descriptors(pair[1], bytes, sizeof bytes, got, &count) == 5 && count == sent);
        for (size_t i = 0; i < count; i++) CHECK(close(got[i]) == 0);
    }
    // More than the receiver has room for.
    int two[2] = {pair[0], pair[1]};
    CHECK(berth_send_descriptors(pair[0], "bytes", 5, two, 2) == 0);
    CHECK(berth_receive_with_descriptor(pair[1], bytes, sizeof bytes, &one) == 5 && one >= 0 && close(one) == 0);
    CHECK(berth_send_with_descriptor(pair[0], "bytes", 5, -1) == 0);
    CHECK(berth_receive_with_descriptor(pair[1], bytes, sizeof bytes, &one) == 5 && one == -1);
    CHECK(berth_receive_descriptors(pair[1], bytes, sizeof bytes, got, &count) < 0 && count == 0);
    CHECK(close(pair[0]) == 0 && close(pair[1]) == 0);
}

// Reports and identities of a launch, whole and cut short.
static void check_reports(void) {
    int pair[2], descriptor;
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    struct berth_report report;
    memset(&report, 'x', sizeof report);
    CHECK(berth_send_with_descriptor(pair[0], &report, sizeof report, pair[0]) == 0);
    CHECK(berth_receive_report(pair[1], &report, &descriptor) == 1 && close(descriptor) == 0);
    CHECK(strlen(report.detail) == sizeof report.detail - 1);
    CHECK(send(pair[0], &report, 3, 0) == 3);
    CHECK(berth_receive_report(pair[1], &report, &descriptor) < 0 && errno == EPROTO);
    static struct berth_identity identity;
    identity.group_count = berth_max_groups;
    CHECK(berth_send_identity(pair[0], &identity) == 0);
    CHECK(recv(pair[1], &identity, sizeof identity, 0) == (ssize_t)sizeof identity);
    CHECK(close(pair[0]) == 0);
    CHECK(berth_receive_report(pair[1], &report, &descriptor) == 0 && close(pair[1]) == 0);
}

static void await(int socket) {
    struct pollfd entry = {.fd = socket, .events = POLLIN};
    CHECK(poll(&entry, 1, 60000) == 1);
}

static void check_datagrams(void) {
    if (!berth_has_ipv6()) {
        puts("datagrams: left out, as there is no IPv6");
        return;
    }
    uint8_t loopback[16] = {[15] = 1};
    int server = berth_listen_ipv6(1, loopback, 0), listener = berth_listen_ipv6(0, loopback, 0);
    CHECK(server >= 0 && listener >= 0);
    struct sockaddr_in6 address;
    socklen_t size = sizeof address;
    CHECK(getsockname(server, (struct sockaddr *)&address, &size) == 0);
    int client = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK(client >= 0 && connect(client, (struct sockaddr *)&address, size) == 0);
    char bytes[8];
    struct berth_datagram datagram;
    CHECK(send(client, "ask", 3, 0) == 3);
    await(server);
    CHECK(berth_receive_datagram(server, bytes, sizeof bytes, &datagram) == 3);
    CHECK(memcmp(datagram.local, loopback, 16) == 0);
    CHECK(berth_send_datagram(server, "answer", 6, &datagram) == 6);
    await(client);
    CHECK(recv(client, bytes, sizeof bytes, 0) == 6);
    CHECK(berth_socket_error(client) == 0);
    CHECK(berth_accept_stream(listener) < 0);
    CHECK(close(client) == 0 && close(server) == 0 && close(listener) == 0);
}

void check_sockets(void) {
    check_paths();
    check_descriptors();
    check_reports();
    check_datagrams();
    int ends[2];
    CHECK(berth_splice_pipe(ends) == 0 && close(ends[0]) == 0 && close(ends[1]) == 0);
}
