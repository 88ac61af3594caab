#define _GNU_SOURCE
#include "launch_internal.h"
#include "openat2.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void enter_namespaces(const struct berth_launch *launch, bool in_cgroup) {
    for (size_t index = 0; index < launch->join_count; index++) {
        if (setns(launch->joins[index].descriptor, launch->joins[index].flag) < 0)
            launch_fail(launch, berth_step_namespace, index, NULL);
    }
    if (!launch->new_cgroup_namespace) return;
    // The namespace's root is the cgroup that its maker is in.
    for (size_t index = 0; !in_cgroup && index < launch->cgroup_count; index++) {
        if (write(launch->cgroup_procs[index], "0", 1) < 0) launch_fail(launch, berth_step_cgroup, index, NULL);
    }
    if (unshare(CLONE_NEWCGROUP) < 0) launch_fail(launch, berth_step_namespace, launch->join_count, "cgroup");
}

static void set_names(const struct berth_launch *launch) {
    if (launch->hostname && sethostname(launch->hostname, strlen(launch->hostname)) < 0)
        launch_fail(launch, berth_step_hostname, 0, launch->hostname);
    if (launch->domainname && setdomainname(launch->domainname, strlen(launch->domainname)) < 0)
        launch_fail(launch, berth_step_hostname, 1, launch->domainname);
    for (size_t index = 0; index < launch->sysctl_count; index++) {
        const struct berth_setting *setting = &launch->sysctls[index];
        int file = open(setting->name, O_WRONLY | O_CLOEXEC);
        if (file < 0 || write(file, setting->value, strlen(setting->value)) < 0)
            launch_fail(launch, berth_step_sysctl, index, setting->name);
        close(file);
    }
}

static void place_stdio(const struct berth_launch *launch, int root, int terminal) {
    int null = -1;
    for (int number = 0; number < 3; number++) {
        int source = launch->terminal ? terminal : launch->stdio[number];
        if (source < 0) {
            if (null < 0) null = berth_open_in_root(root, "/dev/null", O_RDWR, 0);
            if (null < 0) launch_fail(launch, berth_step_stdio, (size_t)number, "/dev/null");
            source = null;
        }
        if (dup2(source, number) < 0) launch_fail(launch, berth_step_stdio, (size_t)number, NULL);
    }
}

static void reset_signals(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    for (int number = 1; number < 65; number++) sigaction(number, &action, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

// From here on the process goes with its monitor. A change of credentials would undo this, so it comes after them.
static void die_with_monitor(const struct berth_launch *launch) {
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    struct pollfd entry = {.fd = launch->channel};
    if (poll(&entry, 1, 0) > 0 && (entry.revents & POLLHUP)) _exit(127);
}

void launch_child(const struct berth_launch *launch, bool in_cgroup) {
    // Nobody in the container may look into this process, or at its program, before it is the container's own.
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    umask(0);
    enter_namespaces(launch, in_cgroup);
    int root;
    if (launch->root) {
        root = launch_mount_root(launch);
        launch_mount_all(launch, root);
        launch_make_devices(launch, root);
    } else {
        root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root < 0) launch_fail(launch, berth_step_root, 0, "/");
    }
    // The monitor looks the user up while the rest is done here.
    if (launch_report_descriptor(launch, berth_report_root, root) < 0) launch_fail(launch, berth_step_channel, 0, "root");
    int terminal = launch->terminal ? launch_open_terminal(launch, root) : -1;
    place_stdio(launch, root, terminal);
    launch_set_limits(launch);
    set_names(launch);
    if (launch->root) {
        launch_hide_paths(launch, root);
        launch_pivot(launch, root);
    } else {
        close(root);
    }
    umask(launch->umask);
    syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
    launch_take_identity(launch);
    die_with_monitor(launch);
    if (launch->no_new_privileges && launch->seccomp_count) launch_load_seccomp(launch);
    if (launch->reaper) launch_fork_reaper(launch);
    setsid();
    if (launch->terminal && ioctl(0, TIOCSCTTY, 0) < 0) launch_fail(launch, berth_step_terminal, 0, "TIOCSCTTY");
    reset_signals();
    launch_execute(launch);
}
