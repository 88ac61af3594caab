#define _GNU_SOURCE
#include "launch_internal.h"
#include "spawn_monitor.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void fill(struct berth_report *report, uint32_t kind, enum berth_step step, size_t index, const char *detail) {
    memset(report, 0, sizeof *report);
    report->kind = kind;
    report->step = step;
    report->cause = errno;
    report->index = (uint32_t)index;
    if (detail) strncpy(report->detail, detail, sizeof report->detail - 1);
}

void launch_fail(const struct berth_launch *launch, enum berth_step step, size_t index, const char *detail) {
    struct berth_report report;
    fill(&report, berth_report_error, step, index, detail);
    berth_send_with_descriptor(launch->channel, &report, sizeof report, -1);
    _exit(127);
}

void launch_warn(const struct berth_launch *launch, enum berth_step step, size_t index) {
    struct berth_report report;
    fill(&report, berth_report_warning, step, index, NULL);
    berth_send_with_descriptor(launch->channel, &report, sizeof report, -1);
}

int launch_report_descriptor(const struct berth_launch *launch, enum berth_report_kind kind, int descriptor) {
    struct berth_report report;
    fill(&report, kind, 0, 0, NULL);
    return berth_send_with_descriptor(launch->channel, &report, sizeof report, descriptor);
}

int berth_receive_report(int channel, struct berth_report *report, int *descriptor) {
    // One that ends before it has read all that was sent to it resets the connection: that is told once, ahead of what it has
    // said itself, which is why it ended.
    ssize_t count;
    do count = berth_receive_with_descriptor(channel, report, sizeof *report, descriptor);
    while (count < 0 && errno == ECONNRESET);
    if (count <= 0) return (int)count;
    if (count != sizeof *report) {
        errno = EPROTO;
        return -1;
    }
    report->detail[sizeof report->detail - 1] = 0;
    return 1;
}

int berth_send_identity(int channel, const struct berth_identity *identity) {
    size_t size = offsetof(struct berth_identity, groups) + identity->group_count * sizeof identity->groups[0];
    ssize_t sent;
    do sent = send(channel, identity, size, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -1 : 0;
}
