#define _GNU_SOURCE
#include "launch_internal.h"
#include "openat2.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct descriptor_path path_of_descriptor(int descriptor) {
    static const char prefix[] = "/proc/self/fd/";
    struct descriptor_path path;
    char digits[12];
    size_t count = 0, length = sizeof prefix - 1;
    memcpy(path.text, prefix, length);
    do digits[count++] = (char)('0' + descriptor % 10);
    while ((descriptor /= 10) > 0);
    while (count > 0) path.text[length++] = digits[--count];
    path.text[length] = 0;
    return path;
}

int tree_open_parent(int root, const char *path, char *storage, const char **name) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    if (length >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(storage, path, length);
    storage[length] = 0;
    char *slash = strrchr(storage, '/');
    if (!slash) {
        *name = storage;
        return berth_open_in_root(root, ".", O_PATH | O_DIRECTORY, 0);
    }
    *name = slash + 1;
    *slash = 0;
    return tree_open_made(root, storage[0] ? storage : "/", true);
}

static int make_levels(int root, const char *path, bool directory, int depth);

// `name` in `parent` is a link to nowhere: make what it points to, within the root.
static int make_link_target(int root, const char *parent_path, int parent, const char *name, bool directory, int depth) {
    char target[PATH_MAX], joined[PATH_MAX];
    ssize_t length = readlinkat(parent, name, target, sizeof target - 1);
    if (length < 0) return -1;
    target[length] = 0;
    size_t before = target[0] == '/' ? 0 : strlen(parent_path);
    if (before + 1 + (size_t)length >= sizeof joined) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(joined, parent_path, before);
    joined[before] = '/';
    memcpy(joined + before + 1, target, (size_t)length + 1);
    return make_levels(root, joined, directory, depth + 1);
}

static int make_one(int root, const char *parent_path, int parent, const char *name, bool directory, int depth) {
    if (directory) {
        if (mkdirat(parent, name, 0755) == 0) return 0;
    } else {
        int file = openat(parent, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0644);
        if (file >= 0) return close(file);
    }
    if (errno != EEXIST) return -1;
    struct stat status;
    if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode))
        return make_link_target(root, parent_path, parent, name, directory, depth);
    return 0;
}

// One level after the other: open the way so far, make the next when it is missing.
static int make_levels(int root, const char *path, bool directory, int depth) {
    if (depth > 8) {
        errno = ELOOP;
        return -1;
    }
    char way[PATH_MAX];
    size_t length = strlen(path);
    if (length >= sizeof way) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(way, path, length + 1);
    size_t start = 0;
    while (start < length) {
        while (way[start] == '/') start++;
        size_t end = start;
        while (way[end] && way[end] != '/') end++;
        if (end == start) break;
        size_t next = end;
        while (way[next] == '/') next++;
        bool last = way[next] == 0, wants_directory = !last || directory;
        char kept = way[end];
        way[end] = 0;
        int there = berth_open_in_root(root, way, O_PATH | (wants_directory ? O_DIRECTORY : 0), 0);
        if (there < 0 && errno == ENOENT) {
            char before = start > 0 ? way[start - 1] : 0;
            if (start > 0) way[start - 1] = 0;
            const char *parent_path = start > 1 ? way : "";
            int parent = berth_open_in_root(root, start > 1 ? way : "/", O_PATH | O_DIRECTORY, 0);
            int result = -1;
            if (parent >= 0) {
                result = make_one(root, parent_path, parent, way + start, wants_directory, depth);
                int cause = errno;
                close(parent);
                errno = cause;
            }
            if (start > 0) way[start - 1] = before;
            if (result < 0) return -1;
        } else if (there < 0) {
            return -1;
        } else {
            close(there);
        }
        way[end] = kept;
        start = end;
    }
    return 0;
}

// Most often the last level alone is missing. Returns whether it was made.
static bool make_last(int root, const char *path, bool directory) {
    char storage[PATH_MAX];
    size_t length = strlen(path);
    if (length >= sizeof storage || path[0] != '/' || path[length - 1] == '/') return false;
    memcpy(storage, path, length + 1);
    char *slash = strrchr(storage, '/');
    if (slash == storage) return false;
    *slash = 0;
    int parent = berth_open_in_root(root, storage, O_PATH | O_DIRECTORY, 0);
    if (parent < 0) return false;
    int made = directory ? mkdirat(parent, slash + 1, 0755)
        : openat(parent, slash + 1, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (made > 0) close(made);
    close(parent);
    return made >= 0;
}

int tree_open_made(int root, const char *path, bool directory) {
    int flags = O_PATH | (directory ? O_DIRECTORY : 0);
    int there = berth_open_in_root(root, path, flags, 0);
    if (there >= 0 || errno != ENOENT) return there;
    if (!make_last(root, path, directory) && make_levels(root, path, directory, 0) < 0) return -1;
    return berth_open_in_root(root, path, flags, 0);
}
