#define _GNU_SOURCE
#include "launch_internal.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Whoever is in a PID namespace sees each process in it from its first moment on, and with CAP_SYS_PTRACE can take it over.
// So the one that enters is made last: by then it has the container's root, capabilities and filter, and no descriptor but
// stdio and the report channel.

pid_t *berth_shared_number(void) {
    void *page = mmap(NULL, sizeof(pid_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return NULL;
    *(pid_t *)page = 0; // The kernel is to write to it without having to find memory first.
    return page;
}

void berth_free_shared_number(pid_t *number) {
    if (number) munmap(number, sizeof(pid_t));
}

void berth_make_secret(uint64_t secret[2]) {
    while (getrandom(secret, 2 * sizeof secret[0], 0) < 0 && errno == EINTR) {}
    // No 32-bit call has anything there.
    secret[0] |= UINT64_C(1) << 63;
    secret[1] |= UINT64_C(1) << 63;
}

enum { last_flags = CLONE_PARENT | CLONE_PARENT_SETTID | SIGCHLD };

// Half of an argument: little-endian machines alone have a Swift that this is built with.
static uint32_t half(int argument, int upper) {
    return (uint32_t)(offsetof(struct seccomp_data, args) + 8 * (size_t)argument + 4 * (size_t)upper);
}

void berth_seccomp_prefix(void *instructions, const uint64_t secret[2]) {
    const struct sock_filter prefix[berth_seccomp_prefix_count] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 13),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, half(0, 0)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, last_flags, 0, 11),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, half(0, 1)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 9),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, half(3, 0)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)secret[0], 0, 7),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, half(3, 1)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(secret[0] >> 32), 0, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, half(4, 0)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)secret[1], 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, half(4, 1)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(secret[1] >> 32), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    __builtin_memcpy(instructions, prefix, sizeof prefix);
}

bool berth_is_child(pid_t pid) {
    siginfo_t unused;
    return pid > 0 && waitid(P_PID, (id_t)pid, &unused, WEXITED | WNOHANG | WNOWAIT) == 0;
}

void launch_make_visible(const struct berth_launch *launch) {
    if (launch->pid_namespace < 0) return;
    // The kernel writes the number, as this process and the monitor have it, before the new process can run: it cannot be
    // lost, and the new process, which does not share that memory, cannot give another.
    long pid = syscall(
        SYS_clone, (long)last_flags, 0, launch->process, launch->secret[0], launch->secret[1]);
    if (pid < 0) launch_fail(launch, berth_step_visible, 0, NULL);
    if (pid > 0) _exit(0);
}
