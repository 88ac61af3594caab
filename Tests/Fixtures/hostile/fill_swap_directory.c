// In a container that has a volume at /data into which an image is being copied: takes a directory of the copy away as soon
// as it is done and puts a symbolic link to TARGET (argv[1]) there, so that whoever makes hard links by names makes them in
// the folder of the host that the link leads to. Prints "ready" when it watches, "swapped" when a link is in place.
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void look_into(const char *copy, const char *target) {
    DIR *directory = opendir(copy);
    if (!directory) return;
    struct dirent *entry;
    while ((entry = readdir(directory))) {
        if (entry->d_name[0] == '.') continue;
        char path[600], kept[600];
        struct stat status;
        snprintf(path, sizeof path, "%s/%s", copy, entry->d_name);
        // Its own mode is the last thing a directory gets.
        if (lstat(path, &status) < 0 || !S_ISDIR(status.st_mode) || (status.st_mode & 0777) != 0755) continue;
        snprintf(kept, sizeof kept, "/data/taken-%s", entry->d_name);
        if (rename(path, kept) == 0 && symlink(target, path) == 0) {
            printf("swapped\n");
            fflush(stdout);
        }
    }
    closedir(directory);
}

int main(int count, char **arguments) {
    if (count != 2 || chdir("/data") < 0) return 2;
    printf("ready\n");
    fflush(stdout);
    while (1) {
        DIR *volume = opendir(".");
        struct dirent *entry;
        while (volume && (entry = readdir(volume)))
            if (entry->d_name[0] == '.' && entry->d_name[1] != 0 && strcmp(entry->d_name, "..") != 0)
                look_into(entry->d_name, arguments[1]);
        if (volume) closedir(volume);
    }
}
