/*
 * A driver module written from berth_driver.h alone: networks whose endpoints are one end of a veth pair, and
 * volumes that are folders below the option "root". It shows an author what is needed, and the tests use it.
 * Built with -DWRONG_ABI it tells a version that does not exist.
 */
#define _GNU_SOURCE
#include "berth_driver.h"

#include <errno.h>
#include <ftw.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct state {
    const berth_host *host;
    char root[256];
};

/* Replies */

static void release(berth_buffer *buffer) { free((void *)buffer->data); }

__attribute__((format(printf, 3, 4)))
static int answer(berth_buffer *reply, int result, const char *format, ...) {
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int size = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (size < 0) return BERTH_FAILED;
    *reply = (berth_buffer){.data = text, .size = (size_t)size, .release = release};
    return result;
}

/* The text of a member; of JSON's escapes it knows those of one character that stand for themselves, as in "\/". */
static int member(const char *json, const char *key, char *value, size_t size) {
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\"", key);
    const char *at = strstr(json, quoted);
    if (!at) return 0;
    at += strlen(quoted);
    at += strspn(at, " \n\t:");
    if (*at++ != '"') return 0;
    size_t length = 0;
    for (; *at && *at != '"'; at++) {
        if (*at == '\\' && !*++at) return 0;
        if (length + 1 >= size) return 0;
        value[length++] = *at;
    }
    value[length] = '\0';
    return *at == '"';
}

/* Links, over rtnetlink(7) */

struct request {
    struct nlmsghdr head;
    struct ifinfomsg info;
    char attributes[512];
};

static struct rtattr *attribute(struct nlmsghdr *head, unsigned short type, const void *data, size_t size) {
    struct rtattr *made = (struct rtattr *)((char *)head + NLMSG_ALIGN(head->nlmsg_len));
    made->rta_type = type;
    made->rta_len = (unsigned short)RTA_LENGTH(size);
    if (size) memcpy(RTA_DATA(made), data, size);
    head->nlmsg_len = NLMSG_ALIGN(head->nlmsg_len) + (unsigned)RTA_ALIGN(made->rta_len);
    return made;
}

static void end_nest(struct nlmsghdr *head, struct rtattr *nest) {
    nest->rta_len = (unsigned short)((char *)head + head->nlmsg_len - (char *)nest);
}

/* Sends a request and waits for the kernel's word: 0 or an errno. */
static int talk(struct nlmsghdr *head) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0) return errno;
    char buffer[4096];
    ssize_t size = -1;
    if (send(fd, head, head->nlmsg_len, 0) >= 0) size = recv(fd, buffer, sizeof buffer, 0);
    int error = errno;
    close(fd);
    if (size < 0) return error;
    struct nlmsghdr *reply = (struct nlmsghdr *)buffer;
    if (reply->nlmsg_type != NLMSG_ERROR) return EPROTO;
    return -((struct nlmsgerr *)NLMSG_DATA(reply))->error;
}

static struct request start(unsigned short type, unsigned short flags) {
    struct request request = {0};
    request.head.nlmsg_len = NLMSG_LENGTH(sizeof request.info);
    request.head.nlmsg_type = type;
    request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
    return request;
}

static int add_pair(const char *host_side, const char *container_side) {
    struct request request = start(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    struct nlmsghdr *head = &request.head;
    request.info.ifi_flags = request.info.ifi_change = IFF_UP;
    attribute(head, IFLA_IFNAME, host_side, strlen(host_side) + 1);
    struct rtattr *link = attribute(head, IFLA_LINKINFO, NULL, 0);
    attribute(head, IFLA_INFO_KIND, "veth", 5);
    struct rtattr *data = attribute(head, IFLA_INFO_DATA, NULL, 0);
    struct ifinfomsg none = {0};
    struct rtattr *peer = attribute(head, VETH_INFO_PEER, &none, sizeof none);
    attribute(head, IFLA_IFNAME, container_side, strlen(container_side) + 1);
    end_nest(head, peer);
    end_nest(head, data);
    end_nest(head, link);
    return talk(head);
}

static int remove_link(const char *name) {
    struct request request = start(RTM_DELLINK, 0);
    attribute(&request.head, IFLA_IFNAME, name, strlen(name) + 1);
    int error = talk(&request.head);
    return error == ENODEV ? 0 : error;
}

static int network(const char *method, const char *json, berth_buffer *reply) {
    char endpoint[128] = "", host_side[IFNAMSIZ], container_side[IFNAMSIZ];
    member(json, "EndpointID", endpoint, sizeof endpoint);
    snprintf(host_side, sizeof host_side, "ch%.8s", endpoint);
    snprintf(container_side, sizeof container_side, "cc%.8s", endpoint);

    if (!strcmp(method, "GetCapabilities"))
        return answer(reply, BERTH_OK, "{\"Scope\": \"local\", \"ConnectivityScope\": \"local\"}");
    if (!strcmp(method, "Join")) {
        int error = add_pair(host_side, container_side);
        if (error)
            return answer(reply, BERTH_FAILED, "{\"Err\": \"create link `%s`: %s\"}", host_side, strerror(error));
        return answer(reply, BERTH_OK,
                      "{\"InterfaceName\": {\"SrcName\": \"%s\", \"DstPrefix\": \"eth\"}, \"Gateway\": \"\"}",
                      container_side);
    }
    if (!strcmp(method, "Leave") || !strcmp(method, "DeleteEndpoint")) {
        int error = remove_link(host_side);
        if (error)
            return answer(reply, BERTH_FAILED, "{\"Err\": \"delete link `%s`: %s\"}", host_side, strerror(error));
        return BERTH_OK;
    }
    static const char *const nothing_to_do[] = {"CreateNetwork", "DeleteNetwork", "CreateEndpoint", "EndpointOperInfo"};
    for (size_t i = 0; i < sizeof nothing_to_do / sizeof *nothing_to_do; i++)
        if (!strcmp(method, nothing_to_do[i])) return BERTH_OK;
    return BERTH_UNKNOWN_METHOD;
}

/* Volumes */

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk) {
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

static int volume(struct state *state, const char *method, const char *json, berth_buffer *reply) {
    char name[256] = "", path[600];
    member(json, "Name", name, sizeof name);
    snprintf(path, sizeof path, "%s/%s", state->root, name);

    if (!strcmp(method, "Capabilities")) return answer(reply, BERTH_OK, "{\"Capabilities\": {\"Scope\": \"local\"}}");
    if (!strcmp(method, "Create")) {
        if (mkdir(path, 0755) && errno != EEXIST)
            return answer(reply, BERTH_FAILED, "{\"Err\": \"create `%s`: %s\"}", path, strerror(errno));
        return BERTH_OK;
    }
    if (access(path, F_OK))
        return answer(reply, BERTH_FAILED, "{\"Err\": \"no such volume: %s\", \"Code\": 404}", name);
    if (!strcmp(method, "Get"))
        return answer(reply, BERTH_OK, "{\"Volume\": {\"Name\": \"%s\", \"Mountpoint\": \"%s\"}}", name, path);
    if (!strcmp(method, "Mount") || !strcmp(method, "Path"))
        return answer(reply, BERTH_OK, "{\"Mountpoint\": \"%s\"}", path);
    if (!strcmp(method, "Unmount")) return BERTH_OK;
    if (!strcmp(method, "Remove")) {
        if (nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS))
            return answer(reply, BERTH_FAILED, "{\"Err\": \"remove `%s`: %s\"}", path, strerror(errno));
        return BERTH_OK;
    }
    return BERTH_UNKNOWN_METHOD;
}

static int call(berth_driver *driver, const char *method, const char *request, size_t size, berth_buffer *reply) {
    (void)size;
    struct state *state = driver->context;
    if (!strcmp(method, "Plugin.Activate"))
        return answer(reply, BERTH_OK, "{\"Implements\": [\"NetworkDriver\", \"VolumeDriver\"]}");
    if (!strncmp(method, "NetworkDriver.", 14)) return network(method + 14, request, reply);
    if (!strncmp(method, "VolumeDriver.", 13)) return volume(state, method + 13, request, reply);
    return BERTH_UNKNOWN_METHOD;
}

static void close_driver(berth_driver *driver) {
    free(driver->context);
    free(driver);
}

int berth_driver_open(const berth_host *host, const char *options, berth_driver **driver, berth_buffer *error) {
    if (host->abi != BERTH_DRIVER_ABI) return BERTH_WRONG_ABI;
    struct state *state = calloc(1, sizeof *state);
    berth_driver *made = calloc(1, sizeof *made);
    if (!state || !made || !member(options, "root", state->root, sizeof state->root)) {
        free(state);
        free(made);
        return answer(error, BERTH_FAILED, "{\"Err\": \"option \\\"root\\\" is missing\"}");
    }
    state->host = host;
    *made = (berth_driver){.abi = BERTH_DRIVER_ABI, .size = sizeof *made, .context = state,
                           .call = call, .close = close_driver};
#ifdef WRONG_ABI
    made->abi = 999;
#endif
    host->log(host, BERTH_LOG_INFO, "opened");
    *driver = made;
    return BERTH_OK;
}
