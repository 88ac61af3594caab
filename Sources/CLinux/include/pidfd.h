#ifndef BERTH_PIDFD_H
#define BERTH_PIDFD_H

#include <sys/types.h>

/// pidfd_open(2), close-on-exec.
int berth_pidfd_open(pid_t pid);

/// pidfd_send_signal(2). 0, or -1 with errno.
int berth_pidfd_signal(int pidfd, int number);

#endif
