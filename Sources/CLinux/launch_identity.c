#define _GNU_SOURCE
#include "launch_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

void launch_set_oom_score(const struct berth_launch *launch) {
    if (!launch->oom_score) return;
    int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file < 0 || write(file, launch->oom_score, strlen(launch->oom_score)) < 0) {
        if (errno != EACCES && errno != EPERM) launch_fail(launch, berth_step_oom_score, 0, launch->oom_score);
        launch_warn(launch, berth_step_oom_score, 0);
    }
    if (file >= 0) close(file);
}

// Until the last process is there, its maker is one more of the same user.
static bool is_for_last_process(const struct berth_launch *launch, const struct berth_rlimit *wanted) {
    return launch->pid_namespace >= 0 && wanted->resource == RLIMIT_NPROC;
}

void launch_set_rlimits(const struct berth_launch *launch) {
    for (size_t index = 0; index < launch->rlimit_count; index++) {
        const struct berth_rlimit *wanted = &launch->rlimits[index];
        struct rlimit limit = {.rlim_cur = wanted->soft, .rlim_max = wanted->hard}, present;
        if (is_for_last_process(launch, wanted)) {
            if (getrlimit(wanted->resource, &present) == 0 && present.rlim_max >= wanted->hard) continue;
            limit.rlim_cur = wanted->hard;
        }
        if (setrlimit(wanted->resource, &limit) == 0) continue;
        if (errno != EPERM || getrlimit(wanted->resource, &present) < 0) launch_fail(launch, berth_step_rlimit, index, NULL);
        limit.rlim_max = present.rlim_max;
        if (limit.rlim_cur > limit.rlim_max) limit.rlim_cur = limit.rlim_max;
        if (setrlimit(wanted->resource, &limit) < 0) launch_fail(launch, berth_step_rlimit, index, NULL);
        errno = EPERM;
        launch_warn(launch, berth_step_rlimit, index);
    }
}

void launch_set_process_limit(const struct berth_launch *launch) {
    for (size_t index = 0; index < launch->rlimit_count; index++) {
        const struct berth_rlimit *wanted = &launch->rlimits[index];
        struct rlimit limit;
        if (!is_for_last_process(launch, wanted)) continue;
        if (getrlimit(wanted->resource, &limit) < 0) launch_fail(launch, berth_step_rlimit, index, NULL);
        if (limit.rlim_max > wanted->hard) limit.rlim_max = wanted->hard;
        limit.rlim_cur = wanted->soft < limit.rlim_max ? wanted->soft : limit.rlim_max;
        if (setrlimit(wanted->resource, &limit) < 0) launch_fail(launch, berth_step_rlimit, index, NULL);
    }
}

// Not on the stack: it is large, and its pages are touched only as far as the answer goes.
static struct berth_identity identity;

static void take_answer(const struct berth_launch *launch) {
    ssize_t count;
    do count = recv(launch->channel, &identity, sizeof identity, 0);
    while (count < 0 && errno == EINTR);
    if (count <= 0) _exit(127); // The monitor has refused, and knows why.
    if (launch->home_slot && identity.home[0]) {
        memcpy(launch->home_slot, "HOME=", 5);
        strncpy(launch->home_slot + 5, identity.home, berth_home_size - 6);
    }
}

static void set_capabilities(const struct berth_launch *launch) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    for (int half = 0; half < 2; half++) {
        data[half].permitted = (uint32_t)(launch->permitted >> (32 * half));
        data[half].effective = (uint32_t)(launch->effective >> (32 * half));
        data[half].inheritable = (uint32_t)(launch->inheritable >> (32 * half));
    }
    if (syscall(SYS_capset, &header, data) < 0) launch_fail(launch, berth_step_capabilities, 0, "capset");
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    for (int number = 0; number < 64; number++) {
        if (!(launch->ambient >> number & 1)) continue;
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) < 0)
            launch_fail(launch, berth_step_capabilities, (size_t)number, "ambient set");
    }
}

void launch_load_seccomp(const struct berth_launch *launch) {
    struct sock_fprog program = {.len = (unsigned short)launch->seccomp_count, .filter = (void *)launch->seccomp};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0) launch_fail(launch, berth_step_seccomp, 0, NULL);
}

// A path through /proc, as /proc/1/root, may lead to directories that are no part of the container.
static void check_directory(const struct berth_launch *launch) {
    char path[PATH_MAX];
    // The call itself: where it has no path from the root, the C library's function looks for one by other means.
    if (syscall(SYS_getcwd, path, sizeof path) < 0) launch_fail(launch, berth_step_outside, 0, launch->directory);
    if (path[0] == '/') return;
    errno = EXDEV;
    launch_fail(launch, berth_step_outside, 0, launch->directory);
}

bool launch_enter_directory(const struct berth_launch *launch) {
    if (chdir(launch->directory) < 0) return false;
    check_directory(launch);
    return true;
}

// Without no_new_privs the filter needs CAP_SYS_ADMIN, so it is loaded before the capabilities go; with it, last.
bool launch_take_identity(const struct berth_launch *launch) {
    take_answer(launch);
    for (int number = 0; number < 64; number++) {
        if (launch->bounding >> number & 1) continue;
        if (prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0) continue;
        if (errno == EINVAL) break; // The kernel's last capability was the one before.
        launch_fail(launch, berth_step_capabilities, (size_t)number, "bounding set");
    }
    for (int number = 0; number < 3 && identity.uid != 0; number++) {
        struct stat status;
        if (fstat(number, &status) == 0 && (S_ISFIFO(status.st_mode) || launch->terminal))
            (void)!fchown(number, identity.uid, (gid_t)-1);
    }
    if (launch->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        launch_fail(launch, berth_step_no_new_privileges, 0, NULL);
    if (!launch->no_new_privileges && launch->seccomp_count) launch_load_seccomp(launch);
    // Root first, then the user: each may be refused what the other is not.
    bool inside = chdir(launch->directory) == 0;
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) launch_fail(launch, berth_step_capabilities, 0, "keep");
    if (syscall(SYS_setgroups, (size_t)identity.group_count, identity.groups) < 0)
        launch_fail(launch, berth_step_user, 0, "setgroups");
    if (syscall(SYS_setresgid, identity.gid, identity.gid, identity.gid) < 0)
        launch_fail(launch, berth_step_user, 0, "setgid");
    if (syscall(SYS_setresuid, identity.uid, identity.uid, identity.uid) < 0)
        launch_fail(launch, berth_step_user, 0, "setuid");
    if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0) launch_fail(launch, berth_step_capabilities, 0, "keep");
    set_capabilities(launch);
    // Where fs.suid_dumpable says so, the change of user has undone it.
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (!inside) return launch_enter_directory(launch);
    check_directory(launch);
    return true;
}

uint64_t berth_permitted_capabilities(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0) return 0;
    return (uint64_t)data[1].permitted << 32 | data[0].permitted;
}
