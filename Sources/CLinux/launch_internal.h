#ifndef BERTH_LAUNCH_INTERNAL_H
#define BERTH_LAUNCH_INTERNAL_H

#include "launch.h"

/// Says over the channel what failed, with errno, and ends the child.
__attribute__((noreturn)) void launch_fail(
    const struct berth_launch *launch, enum berth_step step, size_t index, const char *detail);
/// Says what was done in part only.
void launch_warn(const struct berth_launch *launch, enum berth_step step, size_t index);
/// A report with a descriptor.
int launch_report_descriptor(const struct berth_launch *launch, enum berth_report_kind kind, int descriptor);

/// "/proc/self/fd/N".
struct descriptor_path {
    char text[32];
};
struct descriptor_path path_of_descriptor(int descriptor);

/// Opens what a path in the container names, O_PATH, making missing directories (0755) on the way and, at its end, a
/// directory or an empty file. -1 with errno.
int tree_open_made(int root, const char *path, bool directory);
/// Opens the directory that holds `path`, making what is missing; `*name` is the last component.
int tree_open_parent(int root, const char *path, char *storage, const char **name);
/// Opens the character device that `path` names in the container, O_PATH. -1 with errno: ENODEV when something other
/// than that device is there. Nothing but that is ever opened, whatever a container has put in its place.
int tree_find_device(int root, const char *path, unsigned int major, unsigned int minor);
/// The same, opened with `flags` by way of `own_descriptors`, this process's /proc/self/fd as the host has it.
int tree_open_device(int own_descriptors, int root, const char *path, unsigned int major, unsigned int minor, int flags);
/// The tree that a bind mount is to attach: a clone of its source with its attributes set, not attached anywhere yet.
/// -1 with errno.
int tree_clone(const struct berth_launch *launch, const struct berth_mount *step);
/// Whether a tree is the /proc of a PID namespace: proc_pid_ns(5).
bool tree_is_proc_of(int tree, int pid_namespace);

int launch_mount_root(const struct berth_launch *launch);
void launch_mount_all(const struct berth_launch *launch, int root);
void launch_make_devices(const struct berth_launch *launch, int root);
void launch_hide_paths(const struct berth_launch *launch, int root);
void launch_pivot(const struct berth_launch *launch, int root);
/// Opens the terminal and sends its master; returns the other end.
int launch_open_terminal(const struct berth_launch *launch, int own_descriptors, int root);

/// Writes oom_score_adj: before anything is entered, while /proc is the host's.
void launch_set_oom_score(const struct berth_launch *launch);
/// Once no more descriptors are opened: the limits may allow none.
void launch_set_rlimits(const struct berth_launch *launch);
/// The limit of processes, where the last process sets it: one more of the user's than there will be stands beside it.
void launch_set_process_limit(const struct berth_launch *launch);
/// False when the working directory could not be entered: it may be one of those below /proc/self.
bool launch_take_identity(const struct berth_launch *launch);
/// Enters the working directory: false with errno when it cannot be entered.
bool launch_enter_directory(const struct berth_launch *launch);
/// Has the PID namespace that others are in entered by a process of its own, which returns; the one that called ends.
void launch_make_visible(const struct berth_launch *launch);
void launch_load_seccomp(const struct berth_launch *launch);
/// Becomes process 1's reaper; the child it makes returns.
void launch_fork_reaper(const struct berth_launch *launch);
__attribute__((noreturn)) void launch_execute(const struct berth_launch *launch);
__attribute__((noreturn)) void launch_child(const struct berth_launch *launch, bool in_cgroup);

#endif
