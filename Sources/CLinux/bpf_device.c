#define _GNU_SOURCE
#include "bpf_device.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int bpf(int command, union bpf_attr *attributes)
{
    int result = (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));
    return result < 0 ? -errno : result;
}

int berth_bpf_device_load(const uint64_t *instructions, uint32_t count, char *log, uint32_t log_size)
{
    union bpf_attr attributes;

    memset(&attributes, 0, sizeof(attributes));
    attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attributes.insns = (uint64_t)(uintptr_t)instructions;
    attributes.insn_cnt = count;
    attributes.license = (uint64_t)(uintptr_t)"";
    if (log != NULL) {
        attributes.log_buf = (uint64_t)(uintptr_t)log;
        attributes.log_size = log_size;
        attributes.log_level = 1;
    }
    return bpf(BPF_PROG_LOAD, &attributes);
}

int berth_bpf_device_attach(int cgroup_fd, int program_fd)
{
    union bpf_attr attributes;

    memset(&attributes, 0, sizeof(attributes));
    attributes.target_fd = (uint32_t)cgroup_fd;
    attributes.attach_bpf_fd = (uint32_t)program_fd;
    attributes.attach_type = BPF_CGROUP_DEVICE;
    attributes.attach_flags = BPF_F_ALLOW_MULTI;
    return bpf(BPF_PROG_ATTACH, &attributes);
}
