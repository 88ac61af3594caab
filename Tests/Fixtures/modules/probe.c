/*
 * A driver module whose calls do what its tests need, and which misbehaves as it is told at compile time:
 *   -DHANG_IN_OPEN   open returns when the file in the option "gate" is there
 *   -DFAIL_OPEN      open fails with a reason
 *   -DFAIL_SILENTLY  open fails without one
 *   -DREFUSE_ABI     open says that the daemon's ABI is not its own
 *   -DOTHER_ABI      the driver it gives has another ABI
 *   -DNO_DRIVER      open succeeds and gives nothing
 *   -DNO_CALL        the driver it gives cannot be called
 */
#define _GNU_SOURCE
#include <berth_driver.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct probe {
    berth_driver driver;
    const berth_host *host;
    char gate[256];
    char mark[256];
};

static atomic_int replies, releases;

static void release(berth_buffer *buffer) {
    free(buffer->context);
    atomic_fetch_add(&releases, 1);
}

static int answer(berth_buffer *reply, const char *text, size_t size) {
    char *copy = malloc(size + 1);
    memcpy(copy, text, size);
    *reply = (berth_buffer){.data = copy, .size = size, .context = copy, .release = release};
    atomic_fetch_add(&replies, 1);
    return BERTH_OK;
}

static int say(berth_buffer *reply, const char *text) { return answer(reply, text, strlen(text)); }

/* The text of an option: simple ones only. */
static void option(const char *json, const char *name, char *value, size_t size) {
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\":\"", name);
    const char *at = strstr(json, quoted);
    value[0] = 0;
    if (!at) return;
    at += strlen(quoted);
    size_t length = 0;
    for (; *at && *at != '"' && length + 1 < size; at++)
        if (*at != '\\') value[length++] = *at;
    value[length] = 0;
}

static void wait_for(const char *path) {
    while (access(path, F_OK)) usleep(1000);
}

static int count_row(void *context, const berth_row *row) {
    (void)row;
    ++*(int *)context;
    return 0;
}

/* Every operation of the store, and what each says. */
static int try_store(const berth_host *host, berth_buffer *reply) {
    berth_buffer value = {0};
    char text[128];
    int rows = 0;
    int first = host->put(host, "b", "k", "one", 3, "owner", BERTH_PUT_IF_ABSENT);
    int second = host->put(host, "b", "k", "two", 3, "owner", BERTH_PUT_IF_ABSENT);
    int found = host->get(host, "b", "k", &value);
    int is_one = value.size == 3 && !memcmp(value.data, "one", 4);
    if (value.release) value.release(&value);
    int changed = host->put(host, "b", "k", "three", 5, "", 0);
    int listed = host->list(host, "b", count_row, &rows);
    int removed = host->remove(host, "b", "k");
    int again = host->remove(host, "b", "k");
    int absent = host->get(host, "b", "k", &value);
    snprintf(text, sizeof text, "{\"Mountpoint\": \"%d %d %d %d %d %d %d %d %d %d\"}", first, second, found, is_one,
             changed, listed, rows, removed, again, absent);
    return say(reply, text);
}

static int call(berth_driver *driver, const char *method, const char *request, size_t size, berth_buffer *reply) {
    struct probe *self = driver->context;
    char text[128];
    if (!strcmp(method, "Plugin.Activate")) return say(reply, "{\"Implements\": [\"VolumeDriver\"]}");
    if (!strcmp(method, "Test.Echo")) return request[size] ? BERTH_FAILED : answer(reply, request, size);
    if (!strcmp(method, "Test.Nothing")) return BERTH_OK;
    if (!strcmp(method, "Test.Error")) return say(reply, "{\"Err\": \"it is taken\", \"Code\": 409}");
    if (!strcmp(method, "Test.PlainError")) return say(reply, "{\"Err\": \"just so\"}");
    if (!strcmp(method, "Test.IpamError")) return say(reply, "{\"Error\": \"no address\"}");
    if (!strcmp(method, "Test.OddCode")) return say(reply, "{\"Err\": \"teapot\", \"Code\": 418}");
    if (!strcmp(method, "Test.Garbage")) return say(reply, "<html>");
    if (!strcmp(method, "Test.WrongType")) return say(reply, "{\"Mountpoint\": 7}");
    if (!strcmp(method, "Test.Fail")) return BERTH_FAILED;
    if (!strcmp(method, "Test.FailWithReason")) {
        say(reply, "{\"Err\": \"out of rope\", \"Code\": 403}");
        return BERTH_FAILED;
    }
    if (!strcmp(method, "Test.Hang")) {
        wait_for(self->gate);
        return BERTH_OK;
    }
    if (!strcmp(method, "Test.Nap")) {
        usleep(50000);
        return BERTH_OK;
    }
    if (!strcmp(method, "Test.Buffers")) {
        snprintf(text, sizeof text, "{\"Mountpoint\": \"%d of %d\"}", atomic_load(&releases), atomic_load(&replies));
        return say(reply, text);
    }
    if (!strcmp(method, "Test.Log")) {
        self->host->log(self->host, BERTH_LOG_WARNING, "a line from the module");
        return BERTH_OK;
    }
    if (!strcmp(method, "Test.State")) return try_store(self->host, reply);
    return BERTH_UNKNOWN_METHOD;
}

static void close_driver(berth_driver *driver) {
    struct probe *self = driver->context;
    if (self->mark[0]) fclose(fopen(self->mark, "we"));
    free(self);
}

int berth_driver_open(const berth_host *host, const char *options, berth_driver **driver, berth_buffer *error) {
    if (host->abi != BERTH_DRIVER_ABI) return BERTH_WRONG_ABI;
    struct probe *self = calloc(1, sizeof *self);
    option(options, "gate", self->gate, sizeof self->gate);
    option(options, "mark", self->mark, sizeof self->mark);
    self->host = host;
    self->driver = (berth_driver){
        .abi = BERTH_DRIVER_ABI, .size = sizeof(berth_driver), .context = self, .call = call, .close = close_driver};
    *driver = &self->driver;
    (void)error;
#ifdef HANG_IN_OPEN
    wait_for(self->gate);
#endif
#ifdef FAIL_OPEN
    say(error, "{\"Err\": \"the moon is not full\"}");
    return BERTH_FAILED;
#endif
#ifdef FAIL_SILENTLY
    return BERTH_FAILED;
#endif
#ifdef REFUSE_ABI
    return BERTH_WRONG_ABI;
#endif
#ifdef OTHER_ABI
    self->driver.abi = 999;
#endif
#ifdef NO_DRIVER
    *driver = NULL;
#endif
#ifdef NO_CALL
    self->driver.call = NULL;
#endif
    return BERTH_OK;
}
