#define _GNU_SOURCE
#include "launch_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

int berth_terminal_peer(int master) { return ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC); }

int launch_open_terminal(const struct berth_launch *launch, int own_descriptors, int root) {
    int master = tree_open_device(own_descriptors, root, "/dev/pts/ptmx", 5, 2, O_RDWR | O_NOCTTY);
    int unlocked = 0;
    if (master < 0 || ioctl(master, TIOCSPTLCK, &unlocked) < 0) launch_fail(launch, berth_step_terminal, 0, "/dev/pts/ptmx");
    struct winsize size = {.ws_row = launch->rows, .ws_col = launch->columns};
    if (size.ws_row && size.ws_col && ioctl(master, TIOCSWINSZ, &size) < 0)
        launch_fail(launch, berth_step_terminal, 0, "/dev/pts/ptmx");
    int slave = berth_terminal_peer(master);
    if (slave < 0) launch_fail(launch, berth_step_terminal, 0, "/dev/pts/ptmx");
    if (launch->root) {
        int console = tree_open_made(root, "/dev/console", false);
        if (console < 0 ||
            mount(path_of_descriptor(slave).text, path_of_descriptor(console).text, NULL, MS_BIND, NULL) < 0)
            launch_fail(launch, berth_step_console, 0, "/dev/console");
        close(console);
    }
    if (launch_report_descriptor(launch, berth_report_terminal, master) < 0)
        launch_fail(launch, berth_step_channel, 0, "terminal");
    close(master);
    return slave;
}
