#define _GNU_SOURCE
#include "unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

// The descriptor of the directory in `*directory`, which is to be closed after use; -1 where the path is short enough.
static int make_address(const char *path, struct sockaddr_un *address, int *directory) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    *directory = -1;
    size_t length = strlen(path);
    if (length == 0) {
        errno = EINVAL;
        return -1;
    }
    if (length < sizeof address->sun_path) {
        memcpy(address->sun_path, path, length);
        return 0;
    }
    const char *name = strrchr(path, '/');
    char parent[4096];
    if (!name || (size_t)(name - path) >= sizeof parent || strlen(name) > sizeof address->sun_path - 32) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(parent, path, (size_t)(name - path));
    parent[name - path] = 0;
    *directory = open(name == path ? "/" : parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*directory < 0) return -1;
    snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d%s", *directory, name);
    return 0;
}

static void close_quietly(int descriptor) {
    int cause = errno;
    if (descriptor >= 0) close(descriptor);
    errno = cause;
}

int berth_unix_listen(const char *path, int backlog) {
    struct sockaddr_un address;
    int directory;
    if (make_address(path, &address, &directory) < 0) return -1;
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor >= 0) {
        unlink(address.sun_path);
        // The file takes the socket's mode: there is no moment in which others could connect.
        if (fchmod(descriptor, 0600) < 0 || bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0 ||
            listen(descriptor, backlog) < 0) {
            close_quietly(descriptor);
            descriptor = -1;
        }
    }
    close_quietly(directory);
    return descriptor;
}

int berth_unix_connect(const char *path, int milliseconds) {
    struct sockaddr_un address;
    int directory;
    if (make_address(path, &address, &directory) < 0) return -1;
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor >= 0) {
        struct timeval limit = {milliseconds / 1000, milliseconds % 1000 * 1000}, none = {0, 0};
        int result = setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        if (result == 0) {
            do result = connect(descriptor, (struct sockaddr *)&address, sizeof address);
            while (result < 0 && errno == EINTR);
        }
        if (result == 0) result = setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof none);
        if (result < 0) {
            close_quietly(descriptor);
            descriptor = -1;
        }
    }
    close_quietly(directory);
    return descriptor;
}
