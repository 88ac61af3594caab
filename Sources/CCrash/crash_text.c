#define _GNU_SOURCE
#include "crash_internal.h"

#include <time.h>
#include <unistd.h>

void berth_text_add(struct berth_text *text, const char *more)
{
    while (more && *more && text->length < sizeof text->bytes) text->bytes[text->length++] = *more++;
}

void berth_text_number(struct berth_text *text, uint64_t number, unsigned base, unsigned digits)
{
    char reversed[64];
    unsigned count = 0;
    do {
        reversed[count++] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number || count < digits);
    while (count && text->length < sizeof text->bytes) text->bytes[text->length++] = reversed[--count];
}

// Days since 1970 to a date of the Gregorian calendar, whose years are counted from March so that the leap day is the
// last; gmtime_r is not said to be safe in a handler.
static void date(struct berth_text *text, uint64_t days)
{
    uint64_t shifted = days + 719468, era = shifted / 146097, day_of_era = shifted % 146097;
    uint64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint64_t shifted_month = (5 * day_of_year + 2) / 153;
    uint64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    berth_text_number(text, year_of_era + era * 400 + (month <= 2), 10, 4);
    berth_text_add(text, "-");
    berth_text_number(text, month, 10, 2);
    berth_text_add(text, "-");
    berth_text_number(text, day_of_year - (153 * shifted_month + 2) / 5 + 1, 10, 2);
}

void berth_text_begin(struct berth_text *text)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t seconds = (uint64_t)now.tv_sec;
    date(text, seconds / 86400);
    berth_text_add(text, "T");
    berth_text_number(text, seconds / 3600 % 24, 10, 2);
    berth_text_add(text, ":");
    berth_text_number(text, seconds / 60 % 60, 10, 2);
    berth_text_add(text, ":");
    berth_text_number(text, seconds % 60, 10, 2);
    berth_text_add(text, "+0000 critical berthd: ");
}

void berth_text_write(const struct berth_text *text, int fd)
{
    unsigned offset = 0;
    while (offset < text->length) {
        ssize_t count = write(fd, text->bytes + offset, text->length - offset);
        if (count <= 0) return;
        offset += (unsigned)count;
    }
}
