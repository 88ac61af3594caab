#ifndef BERTH_PROBE_H
#define BERTH_PROBE_H

#include <stdint.h>

/// Makes one system call in a child that has the seccomp filter (an array of struct sock_filter). Returns 0 where it
/// succeeded, its error number, minus the signal that ended the child, or -1000 where the filter was not accepted.
int probe_filtered_call(const void *filter, uint16_t count, long number, const uint64_t arguments[6]);

/// The same for the 64-bit child calling through the 32-bit gate (int 0x80); -2000 where the machine has none.
int probe_filtered_call_32(const void *filter, uint16_t count, long number, const uint64_t arguments[6]);

/// How many nanoseconds the kernel takes to accept the filter, the median of `times` children.
int64_t probe_load_time(const void *filter, uint16_t count, int times);

#endif
