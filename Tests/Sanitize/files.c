#define _GNU_SOURCE
#include "check.h"
#include "inodes.h"
#include "memory_file.h"
#include "openat2.h"
#include "overlay.h"
#include "spawn_monitor.h"

#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static void check_names(int folder) {
    int file = berth_open_in_root(folder, "/../../one", O_CREAT | O_RDWR, 0600);
    CHECK(file >= 0);
    CHECK(berth_open_beneath(folder, "../one", O_RDONLY, 0) < 0 && errno == EXDEV);
    CHECK(symlinkat("one", folder, "link") == 0);
    CHECK(berth_open_in_root_nofollow(folder, "link", O_RDONLY, 0) < 0 && errno == ELOOP);
    CHECK(berth_link(file, folder, "two") == 0);
    CHECK(berth_rename_new(folder, "two", folder, "one") < 0 && errno == EEXIST);
    CHECK(berth_rename_new(folder, "two", folder, "three") == 0);
    int same = berth_open_same_mount(folder, "three", O_RDONLY, 0);
    CHECK(same >= 0 && close(same) == 0);
    // Longer than the kernel takes a path.
    char long_name[8192];
    memset(long_name, 'a', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = 0;
    CHECK(berth_open_in_root(folder, long_name, O_RDONLY, 0) < 0 && errno == ENAMETOOLONG);
    CHECK(close(file) == 0);
}

static void check_changes(int folder) {
    int file = berth_open_beneath(folder, "one", BERTH_OPEN_PATH | O_NOFOLLOW, 0);
    struct stat status;
    struct timespec times[2] = {{1, 2}, {-1, 999999999}};
    CHECK(file >= 0 && berth_change_mode(file, 0640) == 0 && berth_change_times(file, times) == 0);
    CHECK(berth_change_owner(file, geteuid(), getegid()) == 0);
    CHECK(fstat(file, &status) == 0 && (status.st_mode & 07777) == 0640 && status.st_mtim.tv_sec == -1);
    CHECK(close(file) == 0);
    CHECK(berth_change_mode(-1, 0) < 0 && errno == EBADF);
    CHECK(berth_major(makedev(4095, 1048575)) == 4095 && berth_minor(makedev(4095, 1048575)) == 1048575);
    CHECK(berth_mknodat(folder, "pipe", S_IFIFO | 0600, 0, 0) == 0);
    file = berth_open_beneath(folder, "one", O_RDONLY, 0);
    CHECK(file >= 0 && berth_clear_inode_flags(file) == 0 && berth_syncfs(file) == 0 && close(file) == 0);
}

static void check_copies(void) {
    int source = berth_memory_file("source");
    CHECK(source >= 0);
    for (int i = 0; i < 100; i++) CHECK(write(source, "0123456789abcdef", 16) == 16);
    int copy = berth_sealed_copy(source, "copy");
    struct stat status;
    CHECK(copy >= 0 && fstat(copy, &status) == 0 && status.st_size == 1600);
    CHECK(write(copy, "x", 1) < 0 && errno == EPERM);
    CHECK(close(copy) == 0 && close(source) == 0);
    CHECK(berth_sealed_copy(-1, "copy") < 0 && errno == EBADF);
}

void check_files(void) {
    int folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(folder >= 0);
    check_names(folder);
    check_changes(folder);
    check_copies();
    const char *names[] = {"one", "three", "link", "pipe"};
    for (int i = 0; i < 4; i++) CHECK(unlinkat(folder, names[i], 0) == 0);
    CHECK(close(folder) == 0);
}
