#ifndef BERTH_LAUNCH_H
#define BERTH_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Clone to exec. The caller flattens a launch into `struct berth_launch` beforehand; the child only reads it: between
// clone and exec nothing is allocated, no lock is taken, nothing is parsed.

/// A namespace to enter: setns(2) with `flag` = CLONE_NEW*. `descriptor` is its file.
struct berth_join {
    int descriptor;
    int flag;
};

struct berth_mount {
    const char *type, *source, *target, *data;
    const char *subpath;  // of a bind: what below `source` is mounted, a relative path; NULL for `source` itself
    int owner;            // of a bind: the mount namespace that `source` is in; -1 for the host's
    uint64_t flags;       // MS_*
    uint64_t propagation; // MS_PRIVATE, MS_SLAVE, MS_SHARED, MS_UNBINDABLE or 0
    bool recursive_read_only, optional;
    bool joined_proc; // a bind of /proc from `owner`, which must be that of `pid_namespace`
};

struct berth_device {
    const char *path, *host_path;
    uint32_t mode; // with the type: S_IFCHR | 0666
    uint32_t major, minor, uid, gid;
};

struct berth_setting {
    const char *name, *value;
};

struct berth_rlimit {
    int resource;
    uint64_t soft, hard;
};

struct berth_launch {
    uint64_t clone_flags;    // CLONE_NEW* for the clone itself
    int cgroup;              // a v2 cgroup's directory to be cloned into, -1 for none
    const int *cgroup_tasks; // open `tasks` files of v1 cgroups, to which the child writes itself
    size_t cgroup_count;

    // Where others are in the PID namespace already: entered by the last process alone, which is made when the rest is
    // done. -1 where the child is the only one, and the last.
    int pid_namespace;
    pid_t *process;     // in memory shared with the child (berth_shared_number): the last process, once there is one
    uint64_t secret[2]; // by which `seccomp` knows the clone that makes it (berth_seccomp_prefix)

    bool new_cgroup_namespace;
    const struct berth_join *joins;
    size_t join_count;

    const char *hostname, *domainname; // NULL leaves them
    const char *root;                  // mountpoint or directory; NULL for an exec, whose root is that of its namespace
    const char *overlay_base;          // directory the overlay's relative names start from, or NULL
    const char *overlay_options;       // for mount(2); NULL with `overlay_lower`, or where `root` is a plain directory
    const char *const *overlay_lower;  // lower directories whose names are too long for that: see berth_overlay
    size_t overlay_lower_count;
    const char *overlay_upper, *overlay_work;
    uint64_t root_propagation;         // MS_*
    bool read_only_root;
    const struct berth_mount *mounts;
    size_t mount_count;
    const char *const *masked;
    size_t masked_count;
    const char *const *read_only;
    size_t read_only_count;
    const struct berth_setting *sysctls; // name = absolute path below /proc/sys
    size_t sysctl_count;
    const struct berth_device *devices;
    size_t device_count;
    const struct berth_setting *links;
    size_t link_count;

    bool reaper;
    const char *oom_score;
    const struct berth_rlimit *rlimits;
    size_t rlimit_count;

    char *const *arguments;
    char *const *environment; // the entry before the terminating NULL is room for HOME=, empty, when home_slot is set
    char *home_slot;          // berth_home_size bytes, or NULL
    const char *path;         // the value of PATH
    const char *directory;
    uint32_t umask;
    uint64_t bounding, permitted, effective, inheritable, ambient;
    bool no_new_privileges;
    const void *seccomp; // struct sock_filter[]
    size_t seccomp_count;

    bool terminal;
    uint16_t rows, columns;
    int stdio[3]; // without a terminal; stdin may be -1: there is nothing to be read
    int channel;  // the child's end of a SOCK_SEQPACKET pair
};

enum { berth_home_size = 1040, berth_max_groups = 4096, berth_detail_size = 512 };

/// What the child was doing.
enum berth_step {
    berth_step_namespace = 1,
    berth_step_cgroup,
    berth_step_propagation,
    berth_step_root,
    berth_step_mount_target,
    berth_step_mount_directory, // the target is a link or a file, and must be a directory of the image's own
    berth_step_mount_proc, // the target is in the container's /proc
    berth_step_mount,
    berth_step_joined_proc, // the /proc of the container whose PID namespace is joined is another one's
    berth_step_device,
    berth_step_link,
    berth_step_terminal,
    berth_step_console,
    berth_step_sysctl,
    berth_step_mask,
    berth_step_read_only,
    berth_step_pivot,
    berth_step_hostname,
    berth_step_oom_score,
    berth_step_rlimit,
    berth_step_stdio,
    berth_step_descriptors,
    berth_step_capabilities,
    berth_step_user,
    berth_step_directory,
    berth_step_outside, // the working directory is not in the container
    berth_step_no_new_privileges,
    berth_step_seccomp,
    berth_step_lookup, // the command is not in PATH
    berth_step_exec,
    berth_step_reaper,
    berth_step_visible, // the process that the container sees
    berth_step_channel,
};

enum berth_report_kind {
    berth_report_root = 1, // with the root as an O_PATH descriptor; answered with struct berth_identity
    berth_report_terminal, // with the terminal's master
    berth_report_warning,
    berth_report_error,
};

/// From the child. The channel's end without an error means that the program was executed.
struct berth_report {
    uint32_t kind;
    uint32_t step;
    int32_t cause;  // errno
    uint32_t index; // of the mount, device, … in its array
    char detail[berth_detail_size];
};

/// To the child: as whom to run.
struct berth_identity {
    uint32_t uid, gid;
    uint32_t group_count;
    char home[1024];
    uint32_t groups[berth_max_groups];
};

/// Clones the child. Returns its pid, or -1 with errno (`*step` says at what): EBUSY at a v2 cgroup that has cgroups with
/// controllers of their own below it, and so takes no process (cgroups(7), "no internal processes"). The caller has one
/// thread. With a PID namespace to enter, the child makes a second child of the caller's, `*process`, and ends.
pid_t berth_launch(const struct berth_launch *launch, uint32_t *step);

/// A number, 0 at first, in memory that is shared with children and not with theirs. NULL with errno.
pid_t *berth_shared_number(void);
void berth_free_shared_number(pid_t *number);

enum { berth_max_seccomp = 4096, berth_seccomp_prefix_count = 15 }; // BPF_MAXINSNS

/// Writes the `berth_seccomp_prefix_count` instructions that go before a seccomp program which must let through one
/// clone of the launch's own, whatever it says of clone(2): that with just its flags, and the secret in two arguments that
/// it does not use.
void berth_seccomp_prefix(void *instructions, const uint64_t secret[2]);

/// 16 random bytes that no other process can guess: getrandom(2).
void berth_make_secret(uint64_t secret[2]);

/// Whether a process is a child of this one that was not waited for yet.
bool berth_is_child(pid_t pid);

/// Joins a new session keyring: keyctl(2). Else what this process starts has the one of who started it. 0, or -1 with
/// errno: ENOSYS where the kernel has none, EDQUOT where there are too many.
int berth_join_session_keyring(void);

/// The capabilities this process is permitted, bit N for capability N.
uint64_t berth_permitted_capabilities(void);

/// Whether a descriptor is a directory of a v2 cgroup hierarchy.
bool berth_is_cgroup2(int descriptor);

/// PR_SET_NAME.
void berth_name_process(const char *name);

/// A pipe, both ends close-on-exec: pipe2(2).
int berth_pipe(int *ends);

/// A waiting connection, close-on-exec and non-blocking: accept4(2).
int berth_accept(int listener);

/// Opens the other end of the terminal whose master is given, close-on-exec, without making it anybody's controlling
/// terminal: TIOCGPTPEER of ioctl_tty(2). -1 with errno.
int berth_terminal_peer(int master);

/// Receives one report. 1, 0 at the channel's end, or -1 with errno. `*descriptor` is -1 when none came along.
int berth_receive_report(int channel, struct berth_report *report, int *descriptor);

/// Sends the identity: 0, or -1 with errno.
int berth_send_identity(int channel, const struct berth_identity *identity);

#endif
