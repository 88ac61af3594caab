#define _GNU_SOURCE
#include "launch_internal.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Takes the status of every child that has ended; leaves with that of the main one.
static void reap(pid_t main) {
    int status;
    pid_t pid;
    while ((pid = (pid_t)syscall(SYS_wait4, -1, &status, WNOHANG, NULL)) > 0) {
        if (pid != main) continue;
        _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    }
}

void launch_fork_reaper(const struct berth_launch *launch) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    pid_t main = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (main < 0) launch_fail(launch, berth_step_reaper, 0, NULL);
    if (main == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        return;
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    prctl(PR_SET_NAME, "init", 0, 0, 0);
    syscall(SYS_close_range, 0U, ~0U, 0U);
    (void)!chdir("/");
    while (true) {
        siginfo_t signal;
        int number = sigwaitinfo(&all, &signal);
        if (number == SIGCHLD) reap(main);
        else if (number > 0) kill(main, number);
    }
}
