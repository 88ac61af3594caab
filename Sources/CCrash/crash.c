#define _GNU_SOURCE
#include "crash.h"
#include "crash_internal.h"

#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { stack_size = 128 * 1024, most_frames = 64 };

static const struct {
    int number;
    const char *name;
} signals[] = {{SIGSEGV, "SIGSEGV"}, {SIGILL, "SIGILL"},   {SIGBUS, "SIGBUS"},
               {SIGFPE, "SIGFPE"},   {SIGABRT, "SIGABRT"}, {SIGTRAP, "SIGTRAP"}};

static char refused[4096];
static atomic_int reporter;
static pthread_key_t stack_key;
static _Thread_local char driver[128], method[128];

static const char *name_of(int number)
{
    for (size_t index = 0; index < sizeof signals / sizeof *signals; index++)
        if (signals[index].number == number) return signals[index].name;
    return "a signal";
}

// ": while driver `x` did VolumeDriver.Mount", or nothing.
static void add_call(struct berth_text *text)
{
    if (!driver[0]) return;
    berth_text_add(text, ", in driver `");
    berth_text_add(text, driver);
    berth_text_add(text, "`: ");
    berth_text_add(text, method);
}

// The next start must not open this driver again, or it would end the same way, for ever.
static void remember_open(const char *reason)
{
    if (!refused[0] || !driver[0] || strcmp(method, "open") || strchr(driver, '/')) return;
    struct berth_text path = {.length = 0}, text = {.length = 0};
    berth_text_add(&path, refused);
    berth_text_add(&path, "/");
    berth_text_add(&path, driver);
    if (path.length >= sizeof path.bytes) return;
    path.bytes[path.length] = 0;
    int fd = open(path.bytes, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return;
    berth_text_add(&text, reason);
    berth_text_write(&text, fd);
    close(fd);
}

static void report(int number, const siginfo_t *info)
{
    struct berth_text text = {.length = 0};
    char thread[17] = {0};
    prctl(PR_GET_NAME, thread);
    berth_text_begin(&text);
    berth_text_add(&text, "crashed: ");
    berth_text_add(&text, name_of(number));
    if (info->si_code > 0) {
        berth_text_add(&text, " at address 0x");
        berth_text_number(&text, (uintptr_t)info->si_addr, 16, 1);
    } else if (info->si_pid != getpid()) {
        berth_text_add(&text, " sent by process ");
        berth_text_number(&text, (uint64_t)info->si_pid, 10, 1);
    }
    add_call(&text);
    berth_text_add(&text, ", thread ");
    berth_text_number(&text, (uint64_t)gettid(), 10, 1);
    berth_text_add(&text, " (");
    berth_text_add(&text, thread);
    berth_text_add(&text, "); backtrace:\n");
    berth_text_write(&text, STDERR_FILENO);
    remember_open(name_of(number));

    // Whatever the unwinder waits for, the process ends.
    signal(SIGALRM, SIG_DFL);
    alarm(10);
    void *frames[most_frames];
    int count = backtrace(frames, most_frames);
    for (int index = 0; index < count; index++) {
        text.length = 0;
        berth_text_add(&text, "    ");
        // A call that never returns may be the last of its function, and the address behind it another's.
        berth_crash_frame(&text, (const char *)frames[index] - 1);
        berth_text_add(&text, "\n");
        berth_text_write(&text, STDERR_FILENO);
    }
    alarm(0);
}

static void crashed(int number, siginfo_t *info, void *context)
{
    (void)context;
    int nobody = 0, self = gettid();
    if (atomic_compare_exchange_strong(&reporter, &nobody, self)) {
        report(number, info);
    } else if (nobody != self) {
        // Another thread's report comes to its end, and so does the process.
        for (;;) pause();
    }
    signal(number, SIG_DFL);
    // What the kernel sent comes again by itself when the instruction is repeated.
    if (info->si_code <= 0) raise(number);
}

static void exited(void)
{
    if (!driver[0]) return;
    struct berth_text text = {.length = 0};
    berth_text_begin(&text);
    berth_text_add(&text, "ended by a call of exit");
    add_call(&text);
    berth_text_add(&text, "\n");
    berth_text_write(&text, STDERR_FILENO);
    remember_open("exit");
}

static void free_stack(void *stack)
{
    stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, NULL);
    munmap(stack, stack_size);
}

void berth_crash_stack(void)
{
    static _Thread_local bool has_stack;
    if (has_stack || !stack_key) return;
    has_stack = true;
    void *stack = mmap(NULL, stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) return;
    stack_t mine = {.ss_sp = stack, .ss_size = stack_size};
    if (sigaltstack(&mine, NULL) || pthread_setspecific(stack_key, stack)) free_stack(stack);
}

void berth_crash_install(const char *directory)
{
    struct sigaction action = {.sa_sigaction = crashed, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    void *frame;
    if (directory && strlen(directory) < sizeof refused) strcpy(refused, directory);
    // The first call loads the unwinder, which no handler may.
    backtrace(&frame, 1);
    // 0 is a key like others, and stands here for none.
    if (!pthread_key_create(&stack_key, free_stack) && !stack_key) pthread_key_create(&stack_key, free_stack);
    atexit(exited);
    berth_crash_stack();
    sigemptyset(&action.sa_mask);
    for (size_t index = 0; index < sizeof signals / sizeof *signals; index++)
        sigaction(signals[index].number, &action, NULL);
}

void berth_crash_calling(const char *called, const char *name)
{
    if (!called) {
        driver[0] = 0;
        return;
    }
    strncpy(method, name, sizeof method - 1);
    strncpy(driver, called, sizeof driver - 1);
}
