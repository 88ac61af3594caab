#define _GNU_SOURCE
#include "launch_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// Before all else: a new cgroup namespace has them as its root, and to a running container this process must not go before
// its devices cgroup holds. It writes itself to `tasks`, while it has one thread: for another's number, and for
// `cgroup.procs`, the kernel locks all thread groups, the first time with a wait of some milliseconds.
static void join_cgroups(const struct berth_launch *launch, bool in_cgroup) {
    for (size_t index = 0; index < launch->cgroup_count; index++) {
        if (write(launch->cgroup_tasks[index], "0", 1) < 0) launch_fail(launch, berth_step_cgroup, index, NULL);
    }
    if (in_cgroup || launch->cgroup < 0) return;
    int file = openat(launch->cgroup, "cgroup.procs", O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0 || write(file, "0", 1) < 0) launch_fail(launch, berth_step_cgroup, launch->cgroup_count, NULL);
    close(file);
}

static void enter_namespaces(const struct berth_launch *launch) {
    for (size_t index = 0; index < launch->join_count; index++) {
        if (setns(launch->joins[index].descriptor, launch->joins[index].flag) < 0)
            launch_fail(launch, berth_step_namespace, index, NULL);
    }
    // The namespace's root is the cgroup that its maker is in.
    if (launch->new_cgroup_namespace && unshare(CLONE_NEWCGROUP) < 0)
        launch_fail(launch, berth_step_namespace, launch->join_count, "cgroup");
    // This changes only where children are.
    if (launch->pid_namespace >= 0 && setns(launch->pid_namespace, CLONE_NEWPID) < 0)
        launch_fail(launch, berth_step_namespace, launch->join_count, "pid");
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

// What has nothing to be read: the container's own null device, for the owner and mode of the host's could be changed
// through it. Where a container has none (any longer), the end of a pipe reads the same.
static int open_nothing(const struct berth_launch *launch, int own_descriptors, int root) {
    int null = tree_open_device(own_descriptors, root, "/dev/null", 1, 3, O_RDWR);
    if (null >= 0) return null;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) launch_fail(launch, berth_step_stdio, 0, NULL);
    close(ends[1]);
    return ends[0];
}

static void place_stdio(const struct berth_launch *launch, int own_descriptors, int root, int terminal) {
    for (int number = 0; number < 3; number++) {
        int source = launch->terminal ? terminal : launch->stdio[number];
        if (source < 0) source = open_nothing(launch, own_descriptors, root);
        if (dup2(source, number) < 0) launch_fail(launch, berth_step_stdio, (size_t)number, NULL);
    }
}

// While the root can be written to. A directory that cannot be made cannot be entered either, and then that is said.
static void make_directory(const struct berth_launch *launch, int root) {
    int made = tree_open_made(root, launch->directory, true);
    if (made >= 0) close(made);
}

// Closed now, not by the exec: the working directory and the program may be named by way of /proc/self/fd, and some
// descriptors are directories of the host.
static void close_all_but(const struct berth_launch *launch, unsigned int kept) {
    if ((kept > 3 && syscall(SYS_close_range, 3U, kept - 1, 0U) < 0) || syscall(SYS_close_range, kept + 1, ~0U, 0U) < 0)
        launch_fail(launch, berth_step_descriptors, 0, NULL);
}

static void reset_dispositions(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    for (int number = 1; number < 65; number++) sigaction(number, &action, NULL);
}

static void unblock_signals(void) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

// From here on the process goes with its monitor. A change of credentials undoes this, so it comes after them; one that
// the program makes itself is for the daemon to know of.
static void die_with_monitor(const struct berth_launch *launch) {
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    struct pollfd entry = {.fd = launch->channel};
    if (poll(&entry, 1, 0) > 0 && (entry.revents & POLLHUP)) _exit(127);
}

void launch_child(const struct berth_launch *launch, bool in_cgroup) {
    // Nobody in the container may look into this process, or at its program, before it is the container's own.
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (launch->process) madvise(launch->process, sizeof *launch->process, MADV_DONTFORK);
    umask(0);
    // From here to the namespaces /proc is the host's; a container's own may be anything.
    launch_set_oom_score(launch);
    int own_descriptors = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (own_descriptors < 0) launch_fail(launch, berth_step_descriptors, 0, NULL);
    join_cgroups(launch, in_cgroup);
    enter_namespaces(launch);
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
    int terminal = launch->terminal ? launch_open_terminal(launch, own_descriptors, root) : -1;
    place_stdio(launch, own_descriptors, root, terminal);
    set_names(launch);
    if (launch->root) {
        make_directory(launch, root);
        launch_hide_paths(launch, root);
        launch_pivot(launch, root);
    } else {
        close(root);
    }
    umask(launch->umask);
    close_all_but(launch, (unsigned int)launch->channel);
    reset_dispositions();
    launch_set_rlimits(launch);
    bool inside = launch_take_identity(launch);
    if (!inside && launch->pid_namespace < 0) launch_fail(launch, berth_step_directory, 0, launch->directory);
    die_with_monitor(launch);
    if (launch->no_new_privileges && launch->seccomp_count) launch_load_seccomp(launch);
    if (launch->pid_namespace >= 0) {
        launch_make_visible(launch);
        die_with_monitor(launch);
        launch_set_process_limit(launch);
        if (!inside && !launch_enter_directory(launch))
            launch_fail(launch, berth_step_directory, 0, launch->directory);
    }
    if (launch->reaper) launch_fork_reaper(launch);
    setsid();
    if (launch->terminal && ioctl(0, TIOCSCTTY, 0) < 0) launch_fail(launch, berth_step_terminal, 0, "TIOCSCTTY");
    unblock_signals();
    launch_execute(launch);
}
