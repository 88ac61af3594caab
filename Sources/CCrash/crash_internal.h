#ifndef BERTH_CRASH_INTERNAL_H
#define BERTH_CRASH_INTERNAL_H

#include <stdint.h>

// Text that is put together without the C library, and written in pieces to standard error.

struct berth_text {
    char bytes[1024];
    unsigned length;
};

void berth_text_add(struct berth_text *text, const char *more);
void berth_text_number(struct berth_text *text, uint64_t number, unsigned base, unsigned digits);
/// The beginning of a line of the log: the time of day in UTC and the level.
void berth_text_begin(struct berth_text *text);
void berth_text_write(const struct berth_text *text, int fd);

/// Writes where an address of code lies: its file, function and offset there, as far as they can be found.
void berth_crash_frame(struct berth_text *text, const void *address);

#endif
