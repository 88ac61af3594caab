#define _GNU_SOURCE
#include "check.h"
#include "launch.h"
#include "spawn_monitor.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

enum { reached = 42 };

static char root[PATH_MAX];
static char path_variable[3 * PATH_MAX], home[berth_home_size];
static char *arguments[] = {"program", NULL};
static char *environment[] = {"A=1", home, NULL};

static const struct berth_mount mounts[] = {
    {.type = "proc", .source = "proc", .target = "/proc", .data = "", .flags = MS_NOSUID, .owner = -1},
    {.type = "tmpfs", .source = "tmpfs", .target = "/dev", .data = "mode=755,size=64k", .owner = -1},
    {.type = "devpts", .source = "devpts", .target = "/dev/pts", .data = "newinstance,ptmxmode=0666", .owner = -1},
    {.type = "tmpfs", .source = "tmpfs", .target = "/deep/and/../deeper", .data = "", .owner = -1},
};
static const struct berth_device devices[] = {
    {.path = "/dev/null", .host_path = "/dev/null", .mode = S_IFCHR | 0666, .major = 1, .minor = 3},
    {.path = "/dev/sub/zero", .host_path = "/dev/zero", .mode = S_IFCHR | 0600, .major = 1, .minor = 5, .uid = 1, .gid = 2},
};
static const struct berth_setting links[] = {{"/dev/fd", "/proc/self/fd"}};
static const char *const masked[] = {"/proc/kcore", "/proc/there/is/none", "/proc/scsi"};
static const char *const read_only[] = {"/proc/sys", "/deep"};
static const struct berth_rlimit limits[] = {{7 /* RLIMIT_NOFILE */, 64, 64}};

static struct berth_launch usual(void) {
    home[0] = 0;
    return (struct berth_launch){
        .clone_flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC, .cgroup = -1, .pid_namespace = -1,
        .hostname = "sanitized", .domainname = "", .root = root, .root_propagation = MS_PRIVATE, .mounts = mounts,
        .mount_count = sizeof mounts / sizeof mounts[0], .masked = masked, .masked_count = sizeof masked / sizeof masked[0],
        .read_only = read_only, .read_only_count = sizeof read_only / sizeof read_only[0], .devices = devices,
        .device_count = sizeof devices / sizeof devices[0], .links = links, .link_count = 1, .rlimits = limits,
        .rlimit_count = 1, .arguments = arguments, .environment = environment, .home_slot = home, .path = path_variable,
        .directory = "/data/here", .umask = 022, .stdio = {-1, 2, 2},
    };
}

// Launches, answers what is asked, and returns the process's status; `*error` is the step that failed, 0 for none.
static int run(struct berth_launch *launch, uint32_t *error) {
    int pair[2], descriptor, more, status, terminal = -1;
    struct berth_report report;
    static struct berth_identity identity;
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    launch->channel = pair[1];
    *error = 0;
    uint32_t step;
    pid_t pid = berth_launch(launch, &step);
    CHECK(pid > 0 && close(pair[1]) == 0 && berth_is_child(pid));
    while ((more = berth_receive_report(pair[0], &report, &descriptor)) > 0) {
        // A terminal goes with its master.
        if (report.kind == berth_report_terminal) terminal = descriptor;
        else if (descriptor >= 0) CHECK(close(descriptor) == 0);
        if (report.kind == berth_report_error) *error = report.step;
        if (report.kind != berth_report_root) continue;
        // As long a home, and as many groups, as there can be.
        memset(identity.home, 'h', sizeof identity.home - 1);
        identity.group_count = berth_max_groups;
        for (uint32_t i = 0; i < berth_max_groups; i++) identity.groups[i] = i;
        CHECK(berth_send_identity(pair[0], &identity) == 0);
    }
    CHECK(more == 0 && close(pair[0]) == 0 && waitpid(pid, &status, 0) == pid);
    if (terminal >= 0) CHECK(close(terminal) == 0);
    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void expect(struct berth_launch launch, uint32_t wanted_error, int wanted_status) {
    uint32_t error;
    int status = run(&launch, &error);
    if (error == wanted_error && status == wanted_status) return;
    fprintf(stderr, "a launch ended with status %d and error at step %u, not %d and %u\n", status, error, wanted_status,
        wanted_error);
    exit(1);
}

static void check_each(void) {
    struct berth_launch launch = usual();
    expect(launch, 0, reached);
    launch.reaper = true;
    expect(launch, 0, reached);
    launch.read_only_root = true;
    expect(launch, 0, reached);
    launch = usual();
    launch.terminal = true;
    launch.rows = launch.columns = UINT16_MAX;
    expect(launch, 0, reached);
    launch = usual();
    launch.arguments = (char *[]){"", NULL};
    expect(launch, berth_step_lookup, 127);
    launch.arguments = (char *[]){"/bin", NULL};
    expect(launch, berth_step_exec, 127);
    // Longer than a report has room for, and than a path can be.
    char long_name[2 * PATH_MAX];
    memset(long_name, 'n', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = 0;
    launch.arguments = (char *[]){long_name, NULL};
    expect(launch, berth_step_lookup, 127);
    launch = usual();
    launch.hostname = long_name;
    expect(launch, berth_step_hostname, 127);
    launch = usual();
    long_name[0] = '/';
    launch.directory = long_name;
    expect(launch, berth_step_directory, 127);
    launch = usual();
    launch.root = long_name;
    expect(launch, berth_step_root, 127);
}

static void remove_tree(void) {
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/rm", "rm", "-r", "--one-file-system", root, NULL);
        _exit(127);
    }
    int status;
    CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
}

void check_launches(void) {
    char folder[PATH_MAX - 8];
    CHECK(getcwd(folder, sizeof folder));
    snprintf(root, sizeof root, "%s/root", folder);
    CHECK(mkdir("root", 0755) == 0 && mkdir("root/bin", 0755) == 0);
    const char *program = getenv("BERTH_SANITIZE_PROGRAM");
    int source = program ? open(program, O_RDONLY | O_CLOEXEC) : -1;
    int copy = open("root/bin/program", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    char bytes[4096];
    ssize_t count;
    CHECK(source >= 0 && copy >= 0);
    while ((count = read(source, bytes, sizeof bytes)) > 0) CHECK(write(copy, bytes, (size_t)count) == count);
    CHECK(count == 0 && fchmod(copy, 0755) == 0 && close(source) == 0 && close(copy) == 0);
    // An empty part, and one that is too long for any path.
    strcpy(path_variable, ":");
    memset(path_variable + 1, 'p', 2 * PATH_MAX);
    strcpy(path_variable + 1 + 2 * PATH_MAX, ":/none::/bin");
    check_each();
    remove_tree();
}
