// What a process in a container can find out about, and do with, each new process there before that is the container's own.
// It looks at the next few process numbers without a pause, and prints a line for each process that it has caught while
// that was still the engine's: `berth-monitor` by name. Ends after COUNT of them, or when SECONDS are over.
//
//   watcher COUNT SECONDS ptrace      attaches (CAP_SYS_PTRACE): capabilities, filter, root, descriptors
//   watcher COUNT SECONDS mountinfo   reads mounts, network and the rest that needs no right: whether they are its own
//   watcher COUNT SECONDS program     opens the program (CAP_SYS_PTRACE) and tries to change it
//   watcher keyring                   prints the number of its session keyring
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static char text[1 << 16], own[1 << 16];

static int read_file(int pid, const char *name, char *into) {
    char path[64], number[16] = "self";
    if (pid) snprintf(number, sizeof number, "%d", pid);
    snprintf(path, sizeof path, "/proc/%s/%s", number, name);
    int file = open(path, O_RDONLY);
    if (file < 0) return -1;
    int count = 0, more;
    while ((more = (int)read(file, into + count, sizeof text - 1 - (size_t)count)) > 0) count += more;
    close(file);
    into[count] = 0;
    return count;
}

static bool is_engines(int pid) { return read_file(pid, "comm", text) > 0 && strcmp(text, "berth-monitor\n") == 0; }

static bool is_same(int pid, const char *name) {
    char path[64], mine[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    snprintf(mine, sizeof mine, "/proc/self/%s", name);
    struct stat one, other;
    return stat(path, &one) == 0 && stat(mine, &other) == 0 && one.st_ino == other.st_ino && one.st_dev == other.st_dev;
}

static const char *field(const char *name) {
    static char value[64];
    char *line = strstr(text, name);
    if (!line || sscanf(line + strlen(name), ": %63s", value) != 1) return "?";
    return value;
}

static int foreign_descriptors(int pid) {
    char path[64], link[384], target[256];
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *directory = opendir(path);
    int count = 0, sockets = 0;
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        if (entry->d_name[0] == '.' || atoi(entry->d_name) < 3) continue;
        snprintf(link, sizeof link, "%s/%s", path, entry->d_name);
        ssize_t length = readlink(link, target, sizeof target - 1);
        target[length > 0 ? length : 0] = 0;
        if (strncmp(target, "socket:", 7) == 0) sockets++;
        else count++;
    }
    if (directory) closedir(directory);
    return count + (sockets > 1 ? sockets - 1 : 0);
}

static bool try_ptrace(int pid) {
    if (ptrace(PTRACE_SEIZE, pid, 0, 0) < 0) return false;
    int status;
    bool caught = ptrace(PTRACE_INTERRUPT, pid, 0, 0) == 0 && waitpid(pid, &status, __WALL) == pid && is_engines(pid);
    if (caught) {
        bool root = is_same(pid, "root/."), mounts = is_same(pid, "ns/mnt"), network = is_same(pid, "ns/net");
        int descriptors = foreign_descriptors(pid);
        read_file(pid, "status", text);
        printf("caught %d CapEff %s ", pid, field("CapEff"));
        printf("CapBnd %s ", field("CapBnd"));
        printf("Seccomp %s root %d mounts %d network %d descriptors %d\n", field("Seccomp"), root, mounts, network, descriptors);
    }
    ptrace(PTRACE_DETACH, pid, 0, 0);
    return caught;
}

static bool try_mountinfo(int pid) {
    static const char *const names[] = {"mountinfo", "mounts", "net/dev", "net/tcp", "net/route"};
    if (!is_engines(pid)) return false;
    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++) {
        static char theirs[1 << 16];
        int count = read_file(pid, names[index], theirs);
        // Its own afterwards: what changes meanwhile is no difference.
        if (count > 0 && read_file(0, names[index], own) > 0 && strncmp(own, theirs, 60) != 0)
            printf("foreign %s of %d: %.300s\n", names[index], pid, theirs);
    }
    printf("caught %d\n", pid);
    return true;
}

static const char *outcome(long result) { return result < 0 ? strerrorname_np(errno) : "done"; }

static bool try_program(int pid) {
    char path[64];
    if (!is_engines(pid)) return false;
    snprintf(path, sizeof path, "/proc/%d/exe", pid);
    int program = open(path, O_RDONLY);
    struct stat before, after;
    if (program < 0 || fstat(program, &before) < 0) return false;
    // Whose program it is shows only now, when it can be no other's any more.
    char target[256] = "";
    snprintf(path, sizeof path, "/proc/self/fd/%d", program);
    if (readlink(path, target, sizeof target - 1) < 0 || !strstr(target, "berth-monitor")) {
        close(program);
        return false;
    }
    printf("caught %d mode %s", pid, outcome(fchmod(program, 0)));
    printf(" owner %s", outcome(fchown(program, 1, 1)));
    printf(" attribute %s", outcome(fsetxattr(program, "user.x", "y", 1, 0)));
    printf(" times %s", outcome(futimens(program, NULL)));
    printf(" write %s", outcome(open(path, O_RDWR)));
    printf(" truncate %s", outcome(truncate(path, 0)));
    char *arguments[] = {"x", NULL};
    pid_t child = fork();
    int status = 0;
    if (child == 0) {
        execve(path, arguments, arguments + 1);
        _exit(errno);
    }
    waitpid(child, &status, 0);
    fstat(program, &after);
    printf(" execute %s same %d\n", WEXITSTATUS(status) ? strerrorname_np(WEXITSTATUS(status)) : "done",
        before.st_mode == after.st_mode && before.st_uid == after.st_uid && before.st_size == after.st_size);
    close(program);
    return true;
}

static int newest(void) {
    char last[256];
    if (read_file(0, "../loadavg", text) <= 0) return getpid();
    return sscanf(text, "%*s %*s %*s %*s %255s", last) == 1 ? atoi(last) : getpid();
}

int main(int count, char **arguments) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (count == 2) {
        long number = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
        printf("%ld\n", number < 0 ? -errno : number);
        return 0;
    }
    int wanted = atoi(arguments[1]);
    time_t end = time(NULL) + atoi(arguments[2]);
    bool (*look)(int) = arguments[3][0] == 'm' ? try_mountinfo : strcmp(arguments[3], "ptrace") == 0 ? try_ptrace : try_program;
    printf("ready %s\n", read_file(0, "status", text) > 0 ? field("CapEff") : "?");
    for (int caught = 0, last = 0; caught < wanted && time(NULL) < end;) {
        int present = newest();
        for (int pid = present; pid < present + 4 && caught < wanted; pid++) {
            if (pid == getpid() || pid <= last) continue;
            for (int times = 0; times < 20; times++) {
                if (!look(pid)) continue;
                caught++;
                last = pid;
                break;
            }
        }
    }
    printf("over\n");
    return 0;
}
