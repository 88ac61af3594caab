// In a container that has a volume at /data into which an image's directory `f` is being copied: exchanges each FIFO for a
// symbolic link to TARGET (argv[1]) as soon as it is made, so that whoever sets its mode by name sets that of the file of
// the host that the link leads to. Prints "ready" when it watches, "swapped" at the first exchange.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

static int exchanges = 0;

static void exchange(int directory, const char *name, const char *target) {
    char link[32];
    snprintf(link, sizeof link, "link%d", exchanges % 2);
    struct stat status;
    if (lstat(link, &status) < 0) symlink(target, link);
    if (renameat2(AT_FDCWD, link, directory, name, RENAME_EXCHANGE) < 0) return;
    unlink(link);
    if (exchanges++ == 0) {
        printf("swapped\n");
        fflush(stdout);
    }
}

// The directory that the copy's `f` is, once there is one.
static int await_copy(int events) {
    while (1) {
        DIR *volume = opendir(".");
        struct dirent *entry;
        while (volume && (entry = readdir(volume))) {
            if (entry->d_name[0] != '.' || entry->d_name[1] == 0 || strcmp(entry->d_name, "..") == 0) continue;
            char path[300];
            snprintf(path, sizeof path, "%s/f", entry->d_name);
            if (inotify_add_watch(events, path, IN_CREATE) < 0) continue;
            int found = open(path, O_RDONLY | O_DIRECTORY);
            if (found >= 0) return found;
        }
        if (volume) closedir(volume);
    }
}

int main(int count, char **arguments) {
    if (count != 2 || chdir("/data") < 0) return 2;
    int events = inotify_init1(0);
    printf("ready\n");
    fflush(stdout);
    int directory = await_copy(events);
    _Alignas(8) char buffer[65536];
    while (1) {
        ssize_t length = read(events, buffer, sizeof buffer);
        if (length <= 0) return 1;
        // The last one made is the one that is being worked on.
        struct inotify_event *last = NULL;
        for (char *place = buffer; place < buffer + length; place += sizeof *last + last->len) last = (void *)place;
        if (last && last->len) exchange(directory, last->name, arguments[1]);
    }
}
