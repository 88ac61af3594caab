#ifndef BERTH_WAITING_H
#define BERTH_WAITING_H

// epoll(7), eventfd(2) and the flags of open(2) that the Glibc module leaves out.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

static const int BERTH_O_PATH = 010000000;

/// pthread_setname_np(3) for the calling thread.
void berth_name_thread(const char *name);

#endif
