#define _GNU_SOURCE
#include "launch_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

static pid_t clone_child(const struct berth_launch *launch, bool *in_cgroup) {
    struct clone_args arguments;
    memset(&arguments, 0, sizeof arguments);
    arguments.flags = launch->clone_flags;
    arguments.exit_signal = SIGCHLD;
    pid_t pid;
    if (launch->cgroup >= 0) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = (uint64_t)launch->cgroup;
        *in_cgroup = true; // In the child, too.
        pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
        if (pid >= 0) return pid;
        *in_cgroup = false;
        if (errno == EBUSY) return -1; // No write would be taken either.
    }
    return (pid_t)syscall(SYS_clone, launch->clone_flags | SIGCHLD, 0, 0, 0, 0);
}

pid_t berth_launch(const struct berth_launch *launch, uint32_t *step) {
    bool in_cgroup = false;
    pid_t pid = clone_child(launch, &in_cgroup);
    if (pid == 0) launch_child(launch, in_cgroup);
    *step = pid < 0 && errno == EBUSY ? berth_step_cgroup : berth_step_namespace;
    return pid;
}

bool berth_is_cgroup2(int descriptor) {
    struct statfs status;
    return fstatfs(descriptor, &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC;
}

int berth_join_session_keyring(void) { return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 ? -1 : 0; }

void berth_name_process(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

int berth_pipe(int *ends) { return pipe2(ends, O_CLOEXEC); }

int berth_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }
