#define _GNU_SOURCE
#include "waiting.h"

#include <pthread.h>

void berth_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }
