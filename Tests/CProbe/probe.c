#define _GNU_SOURCE
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int load(const void *filter, uint16_t count)
{
    struct sock_fprog program = {.len = count, .filter = (struct sock_filter *)(uintptr_t)filter};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

static long call_32(long number, const uint64_t arguments[6])
{
#if defined(__x86_64__)
    long result;

    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(number), "b"(arguments[0]), "c"(arguments[1]), "d"(arguments[2]), "S"(arguments[3]),
                       "D"(arguments[4])
                     : "memory", "r8", "r9", "r10", "r11");
    return result;
#else
    (void)number;
    (void)arguments;
    return -ENOSYS;
#endif
}

static int probe(const void *filter, uint16_t count, long number, const uint64_t a[6], int gate_32)
{
    int pipes[2];
    int result = -1000;
    int status = 0;

    if (pipe2(pipes, O_CLOEXEC) != 0)
        return -1000;
    pid_t child = fork();
    if (child == 0) {
        if (load(filter, count) != 0)
            _exit(1);
        if (gate_32) {
            long answer = call_32(number, a);
            result = answer < 0 && answer > -4096 ? (int)-answer : 0;
        } else {
            errno = 0;
            result = syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]) == -1 ? errno : 0;
        }
        (void)!write(pipes[1], &result, sizeof(result));
        _exit(0);
    }
    close(pipes[1]);
    if (child > 0) {
        if (read(pipes[0], &result, sizeof(result)) != sizeof(result))
            result = -1000;
        waitpid(child, &status, 0);
        if (WIFSIGNALED(status))
            result = -WTERMSIG(status);
    }
    close(pipes[0]);
    return result;
}

int probe_filtered_call(const void *filter, uint16_t count, long number, const uint64_t arguments[6])
{
    return probe(filter, count, number, arguments, 0);
}

int probe_filtered_call_32(const void *filter, uint16_t count, long number, const uint64_t arguments[6])
{
#if defined(__x86_64__)
    return probe(filter, count, number, arguments, 1);
#else
    (void)filter, (void)count, (void)number, (void)arguments;
    return -2000;
#endif
}

static int ascending(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

int64_t probe_load_time(const void *filter, uint16_t count, int times)
{
    int64_t *all = calloc((size_t)times, sizeof(*all));
    int64_t median = -1;

    for (int i = 0; all != NULL && i < times; i++) {
        int pipes[2];
        if (pipe2(pipes, O_CLOEXEC) != 0)
            break;
        pid_t child = fork();
        if (child == 0) {
            struct timespec before, after;
            prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            clock_gettime(CLOCK_MONOTONIC, &before);
            int failed = load(filter, count);
            clock_gettime(CLOCK_MONOTONIC, &after);
            int64_t taken = (after.tv_sec - before.tv_sec) * 1000000000LL + (after.tv_nsec - before.tv_nsec);
            if (failed == 0)
                (void)!write(pipes[1], &taken, sizeof(taken));
            _exit(0);
        }
        close(pipes[1]);
        (void)!read(pipes[0], &all[i], sizeof(all[i]));
        close(pipes[0]);
        waitpid(child, NULL, 0);
    }
    if (all != NULL) {
        qsort(all, (size_t)times, sizeof(*all), ascending);
        median = all[times / 2];
    }
    free(all);
    return median;
}
