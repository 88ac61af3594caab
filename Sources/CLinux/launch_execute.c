#define _GNU_SOURCE
#include "launch_internal.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// A directory would answer EACCES: say what it is.
static void refine_cause(const char *path) {
    int cause = errno;
    struct stat status;
    if (cause == EACCES && stat(path, &status) == 0 && S_ISDIR(status.st_mode)) cause = EISDIR;
    errno = cause;
}

static void try_in_path(const struct berth_launch *launch, const char *name) {
    size_t name_length = strlen(name);
    for (const char *start = launch->path; start; ) {
        const char *end = strchrnul(start, ':');
        size_t length = (size_t)(end - start);
        char candidate[PATH_MAX];
        if (length + name_length + 2 < sizeof candidate) {
            if (length == 0) candidate[length++] = '.';
            memcpy(candidate, start, (size_t)(end - start));
            candidate[length] = '/';
            memcpy(candidate + length + 1, name, name_length + 1);
            execve(candidate, launch->arguments, launch->environment);
            int cause = errno;
            struct stat status;
            bool executable =
                stat(candidate, &status) == 0 && S_ISREG(status.st_mode) && access(candidate, X_OK) == 0;
            errno = cause;
            if (executable) launch_fail(launch, berth_step_exec, 1, candidate);
        }
        start = *end ? end + 1 : NULL;
    }
    errno = ENOENT;
    launch_fail(launch, berth_step_lookup, 0, name);
}

void launch_execute(const struct berth_launch *launch) {
    const char *name = launch->arguments[0];
    if (!strchr(name, '/')) try_in_path(launch, name);
    execve(name, launch->arguments, launch->environment);
    refine_cause(name);
    int cause = errno;
    bool exists = access(name, F_OK) == 0;
    errno = cause;
    launch_fail(launch, berth_step_exec, exists, name);
}
