/*
 * berth_driver.h: a driver module for Berth, in any language that can export one C function.
 *
 * A module is a shared library that exports `berth_driver_open`. It stands alone: nothing of Berth has to be linked.
 *
 *     cc -shared -fPIC -o mine.so mine.c
 *
 * The messages are JSON: the method names and bodies of Docker's remote driver protocols ("NetworkDriver.Join",
 * "IpamDriver.RequestAddress", "VolumeDriver.Mount", ...); see docs/drivers.md. Every driver also answers
 * "Plugin.Activate" with {"Implements": ["NetworkDriver", "IpamDriver", "VolumeDriver"]}, naming its own kinds.
 *
 * Threads: `call` may come from several threads at once, also for the same network, endpoint or volume; a driver
 * locks what it shares. Every function of the host may be called from any thread, also from threads the driver
 * made. `berth_driver_open` is called once per descriptor and before any `call`; `close` is called at most once,
 * after the last `call` that returned. A call that outlasts the descriptor's timeout fails for its caller, while
 * its thread stays in the driver until it returns; `close` is not called as long as such a thread exists.
 *
 * Memory: whoever makes a buffer frees it, by way of the buffer's own `release`. Texts handed to a function are
 * UTF-8, end with a NUL, belong to the caller, and are valid until the function returns.
 *
 * The modules are never unloaded. A module must not change the process: no signal handlers, no chdir, no umask,
 * no setns on a thread it did not make. Every file descriptor it opens is close-on-exec.
 */
#ifndef BERTH_DRIVER_H
#define BERTH_DRIVER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The version of this interface. It changes when something here changes its meaning or its place. Fields that are
 * only added at the end of a struct do not change it: their presence is told by the struct's `size`.
 */
#define BERTH_DRIVER_ABI 1u

/* Results of `call` and of `berth_driver_open`. */
enum {
    /* The reply is filled (for `call`: it may still say {"Err": ...}); for open: *driver is set. */
    BERTH_OK = 0,
    /* The driver does not know this method. The core goes on as if an optional method had done nothing. */
    BERTH_UNKNOWN_METHOD = 1,
    /* open: host->abi is not the one that the driver was built with. */
    BERTH_WRONG_ABI = 2,
    /* It failed. The buffer may hold {"Err": "text", "Code": 400|403|404|409|500|501}, or be left empty. */
    BERTH_FAILED = 3
};

/* Levels of `log`. */
enum { BERTH_LOG_DEBUG = 0, BERTH_LOG_INFO = 1, BERTH_LOG_WARNING = 2, BERTH_LOG_ERROR = 3 };

/* Flags of `put`. */
enum {
    /* Write only if there is no such row: of many that try, on any thread, exactly one gets BERTH_STATE_OK. */
    BERTH_PUT_IF_ABSENT = 1
};

/* Results of the state store. */
enum {
    BERTH_STATE_OK = 0,
    BERTH_STATE_EXISTS = 1,  /* put with BERTH_PUT_IF_ABSENT: the row is there already, and was not changed */
    BERTH_STATE_ABSENT = 2,  /* get, remove: no such row */
    BERTH_STATE_FAILED = 3,  /* the database could not do it; the reason is in the log */
    BERTH_STATE_FULL = 4     /* the same: no space is left on its disk */
};

/*
 * Bytes that one side made and the other reads. Whoever fills it sets `release` (NULL: nothing to free), and
 * whoever was given it calls `release` once, when done. `data` need not end with a NUL.
 */
typedef struct berth_buffer {
    const char *data;
    size_t size;
    void *context; /* for `release` alone */
    void (*release)(struct berth_buffer *buffer);
} berth_buffer;

/* One row of the state store. All of it is valid only until the function it was handed to returns. */
typedef struct berth_row {
    const char *key;
    const char *value; /* `value_size` bytes, followed by a NUL that is not counted */
    size_t value_size;
    const char *owner;
} berth_row;

/* What the daemon offers a driver. It outlives the driver. */
typedef struct berth_host {
    uint32_t abi;  /* check this first: nothing else may be read if it is not BERTH_DRIVER_ABI */
    uint32_t size; /* sizeof(berth_host) in the daemon: fields beyond it are not there */
    void *context; /* the daemon's own */

    /* Writes one line to the daemon's log, with the driver's name. */
    void (*log)(const struct berth_host *host, int level, const char *text);

    /*
     * The state store: rows (bucket, key) -> value that outlive the daemon. They are the driver's own: no other
     * driver sees them, and a driver is known by the name in its descriptor. A row is written to disk, with its key's
     * uniqueness enforced by the database, before `put` returns.
     *
     * `owner` is the id of the network or of the endpoint that the row goes with, or "" for none. A row whose
     * owner no longer exists is removed by the daemon: with its owner, and at start before drivers are opened.
     * So what a crash left half made cannot hold an address for ever.
     */
    int (*put)(const struct berth_host *host, const char *bucket, const char *key, const void *value, size_t size,
               const char *owner, unsigned flags);

    /* Fills `value`, which the driver then releases. */
    int (*get)(const struct berth_host *host, const char *bucket, const char *key, berth_buffer *value);

    int (*remove)(const struct berth_host *host, const char *bucket, const char *key);

    /*
     * Calls `visit` for each row of the bucket in the order of their keys, on this thread, with no lock held:
     * `visit` may use the store. It goes on while `visit` returns 0.
     */
    int (*list)(const struct berth_host *host, const char *bucket,
                int (*visit)(void *context, const berth_row *row), void *context);

    /*
     * Tells the daemon that the link of a running container's endpoint is gone, though nobody has asked for that.
     * Returns at once. The daemon takes what is left of the interface out of the sandbox and calls
     * "NetworkDriver.Join" again.
     */
    void (*lost)(const struct berth_host *host, const char *endpoint);
} berth_host;

/* A driver that was opened. The module makes it and owns its memory until `close` has returned. */
typedef struct berth_driver {
    uint32_t abi;  /* BERTH_DRIVER_ABI: the daemon checks it first */
    uint32_t size; /* sizeof(berth_driver) in the module */
    void *context; /* the driver's own */

    /*
     * Does one call. `request` is a JSON object of `request_size` bytes, followed by a NUL that is not counted.
     * With BERTH_OK the reply holds a JSON object ("{}" or nothing at all if there is nothing to say), or
     * {"Err": "text"} with an optional "Code": the HTTP status that the client sees (500 if it is missing).
     * `reply` is all zero at first; the daemon releases it whatever the result is.
     */
    int (*call)(struct berth_driver *driver, const char *method, const char *request, size_t request_size,
                berth_buffer *reply);

    /* Frees the driver. What it made in the kernel and on disk stays: the containers run on. May be NULL. */
    void (*close)(struct berth_driver *driver);
} berth_driver;

/*
 * The one function that a module exports.
 *
 * `options` is a JSON object: the descriptor's "options", and under the key "berth" what the daemon tells every
 * driver ("data-root", "exec-root", ...). `error` is all zero at first and may be filled on failure.
 * It must not wait for other programs: what may take long belongs in the first call that needs it.
 */
int berth_driver_open(const berth_host *host, const char *options, berth_driver **driver, berth_buffer *error);

/* What the daemon looks up in a module. */
typedef int (*berth_driver_open_function)(const berth_host *host, const char *options, berth_driver **driver,
                                          berth_buffer *error);
#define BERTH_DRIVER_OPEN_SYMBOL "berth_driver_open"

#ifdef __cplusplus
}
#endif

#endif
