/*
 * A volume driver that ends the process it is loaded into, in the way and at the place that it is told:
 *   -DAT_OPEN             in berth_driver_open; else in VolumeDriver.Create of the volume "crash"
 *   -DWAY=SEGV            a write to address 0; also ABORT, EXIT, TRAP, FPE, OVERFLOW (of the stack), BUS
 */
#define _GNU_SOURCE
#include <berth_driver.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SEGV, ABORT, EXIT, TRAP, FPE, OVERFLOW, BUS };

__attribute__((noinline)) static int deeper(volatile char *above) {
    volatile char here[4096];
    here[0] = above ? above[0] + 1 : 0;
    return deeper(here) + here[0];
}

__attribute__((noinline)) void crash_as_told(void) {
    volatile int zero = 0;
    switch (WAY) {
    case SEGV: *(volatile int *)0 = 1; break;
    case ABORT: abort();
    case EXIT: exit(3);
    case TRAP: __builtin_trap();
    case FPE: zero = 7 / zero; break;
    case OVERFLOW: zero = deeper(NULL); break;
    case BUS: {
        int fd = memfd_create("short", 0);
        volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
        zero = page[0];
        break;
    }
    }
}

static int say(berth_buffer *reply, const char *text) {
    *reply = (berth_buffer){.data = (char *)text, .size = strlen(text)};
    return BERTH_OK;
}

static int call(berth_driver *driver, const char *method, const char *request, size_t size, berth_buffer *reply) {
    (void)driver;
    (void)size;
    if (!strcmp(method, "Plugin.Activate")) return say(reply, "{\"Implements\": [\"VolumeDriver\"]}");
    if (!strcmp(method, "VolumeDriver.Capabilities")) return say(reply, "{\"Capabilities\": {\"Scope\": \"local\"}}");
    if (!strcmp(method, "VolumeDriver.Create") && strstr(request, "\"crash\"")) crash_as_told();
    if (!strcmp(method, "VolumeDriver.Create") && strstr(request, "\"hang\"")) pause();
    return say(reply, "{\"Err\": \"it only crashes\"}");
}

int berth_driver_open(const berth_host *host, const char *options, berth_driver **driver, berth_buffer *error) {
    static berth_driver made = {.abi = BERTH_DRIVER_ABI, .size = sizeof made, .call = call};
    (void)host;
    (void)options;
    (void)error;
#ifdef AT_OPEN
    crash_as_told();
#endif
    *driver = &made;
    return BERTH_OK;
}
