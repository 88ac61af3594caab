#define _GNU_SOURCE
#include "launch_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
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
        pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
        if (pid >= 0) {
            *in_cgroup = true;
            return pid;
        }
        if (errno == EBUSY) return -1; // No write would be taken either.
    }
    return (pid_t)syscall(SYS_clone, launch->clone_flags | SIGCHLD, 0, 0, 0, 0);
}

// With the whole process in one write a hierarchy: the first may wait for the kernel's grace period, during which the
// child goes on mounting. It is in its cgroups before it is told whom to run as.
static int join_cgroups(const struct berth_launch *launch, pid_t pid, uint32_t *failed) {
    char text[16];
    int length = snprintf(text, sizeof text, "%d", pid);
    for (size_t index = 0; index < launch->cgroup_count; index++) {
        *failed = (uint32_t)index;
        if (write(launch->cgroup_procs[index], text, (size_t)length) < 0) return -1;
    }
    return 0;
}

pid_t berth_launch(const struct berth_launch *launch, uint32_t *step, uint32_t *index) {
    *step = berth_step_namespace;
    if (launch->pid_namespace >= 0 && setns(launch->pid_namespace, CLONE_NEWPID) < 0) return -1;
    bool in_cgroup = false;
    pid_t pid = clone_child(launch, &in_cgroup);
    if (pid == 0) launch_child(launch, in_cgroup);
    if (pid >= 0 || errno == EBUSY) *step = berth_step_cgroup;
    if (pid < 0 || in_cgroup || launch_joins_itself(launch)) return pid;
    if (join_cgroups(launch, pid, index) < 0) {
        int cause = errno;
        kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
        errno = cause;
        return -1;
    }
    return pid;
}

bool berth_is_cgroup2(int descriptor) {
    struct statfs status;
    return fstatfs(descriptor, &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC;
}

void berth_name_process(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

int berth_pipe(int *ends) { return pipe2(ends, O_CLOEXEC); }

int berth_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }
