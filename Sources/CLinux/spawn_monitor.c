#define _GNU_SOURCE
#include "spawn_monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <linux/mount.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

// Copies `source` to the end. 0, or -1 with errno.
static int copy_whole(int copy, int source) {
    struct stat status;
    if (fstat(source, &status) < 0) return -1;
    off_t offset = 0;
    while (offset < status.st_size) {
        ssize_t count = sendfile(copy, source, &offset, (size_t)(status.st_size - offset));
        if (count < 0 && errno == EINTR) continue;
        if (count == 0) errno = EIO;
        if (count <= 0) return -1;
    }
    return fchmod(copy, 0555);
}

static int closed(int descriptor, int result) {
    int cause = errno;
    close(descriptor);
    errno = cause;
    return result;
}

int berth_sealed_copy(int source, const char *name) {
    int copy = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
    if (copy < 0 && errno == EINVAL) copy = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (copy < 0) return -1;
    if (copy_whole(copy, source) < 0 ||
        fcntl(copy, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
        return closed(copy, -1);
    return copy;
}

static int set_attributes(int mount, uint64_t attributes) {
    struct mount_attr wanted = {.attr_set = attributes};
    return (int)syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH, &wanted, sizeof wanted);
}

int berth_program_mount(int source, const char *name) {
    int context = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
    if (context < 0) return -1;
    int mount = -1, copy = -1;
    if (syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "mode", "0755", 0) == 0 &&
        syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
        mount = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
    if (mount < 0) return closed(context, -1);
    copy = openat(mount, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0500);
    if (copy < 0 || closed(copy, copy_whole(copy, source)) < 0 || set_attributes(mount, MOUNT_ATTR_RDONLY) < 0 ||
        // The file system too: no other mount of it could be written to either.
        syscall(SYS_fsconfig, context, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0 ||
        syscall(SYS_fsconfig, context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0) {
        closed(context, 0);
        return closed(mount, -1);
    }
    close(context);
    return mount;
}

int berth_clone_mount(int mount) {
    return (int)syscall(SYS_open_tree, mount, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
}

int berth_end_execution(int mount) { return set_attributes(mount, MOUNT_ATTR_NOEXEC); }

int berth_open_program(int mount, const char *name) { return openat(mount, name, O_PATH | O_NOFOLLOW | O_CLOEXEC); }

static void monitor_child(int program, int channel, int mount, volatile int *cause) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    for (int number = 1; number < 65; number++) sigaction(number, &action, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    // All are moved out of the way of 0 to 4 first; the program's stays close-on-exec.
    program = fcntl(program, F_DUPFD_CLOEXEC, 10);
    channel = fcntl(channel, F_DUPFD_CLOEXEC, 10);
    if (mount >= 0) mount = fcntl(mount, F_DUPFD_CLOEXEC, 10);
    if (null < 0 || program < 0 || channel < 0) goto failed;
    if (null > 2) {
        for (int number = 0; number < 3; number++) dup2(null, number);
    }
    if (dup2(channel, 3) < 0 || (mount >= 0 && dup2(mount, 4) < 0)) goto failed;
    syscall(SYS_close_range, mount >= 0 ? 5U : 4U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
    char *arguments[] = {"berth-monitor", NULL};
    char *environment[] = {NULL};
    syscall(SYS_execveat, program, "", arguments, environment, AT_EMPTY_PATH);
failed:
    *cause = errno;
    _exit(127);
}

pid_t berth_spawn_monitor(int program, int channel, int mount) {
    // No signal handler of ours may run in the child while it shares our memory.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    volatile int cause = 0;
    pid_t pid = vfork();
    if (pid == 0) monitor_child(program, channel, mount, &cause);
    int failure = pid < 0 ? errno : cause;
    if (pid > 0 && failure != 0) {
        int status;
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = failure;
    return failure == 0 ? pid : -1;
}

int berth_send_with_descriptor(int socket, const void *bytes, size_t count, int descriptor) {
    const char *next = bytes;
    while (count > 0) {
        struct iovec part = {(void *)next, count};
        union {
            struct cmsghdr align;
            char space[CMSG_SPACE(sizeof(int))];
        } control;
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        if (descriptor >= 0) {
            memset(&control, 0, sizeof control);
            message.msg_control = &control;
            message.msg_controllen = sizeof control;
            struct cmsghdr *header = CMSG_FIRSTHDR(&message);
            header->cmsg_level = SOL_SOCKET;
            header->cmsg_type = SCM_RIGHTS;
            header->cmsg_len = CMSG_LEN(sizeof(int));
            memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
        }
        ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EINTR) continue;
            return -1;
        }
        descriptor = -1;
        next += sent;
        count -= (size_t)sent;
    }
    return 0;
}

ssize_t berth_receive_with_descriptor(int socket, void *bytes, size_t count, int *descriptor) {
    struct iovec part = {bytes, count};
    union {
        struct cmsghdr align;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
        .msg_controllen = CMSG_LEN(sizeof(int))}; // Room for one: the rest of what might come is closed by the kernel.
    *descriptor = -1;
    ssize_t received;
    do received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (received < 0 && errno == EINTR);
    if (received < 0) return -1;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
            memcpy(descriptor, CMSG_DATA(header), sizeof *descriptor);
    }
    return received;
}
