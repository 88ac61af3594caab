#ifndef BERTH_BPF_DEVICE_H
#define BERTH_BPF_DEVICE_H

#include <stddef.h>
#include <stdint.h>

/// Loads `count` eBPF instructions (struct bpf_insn, 8 bytes each) as a BPF_PROG_TYPE_CGROUP_DEVICE program.
/// Returns a close-on-exec descriptor, or minus the error number. `log` takes the verifier's words, if not NULL.
int berth_bpf_device_load(const uint64_t *instructions, uint32_t count, char *log, uint32_t log_size);

/// Attaches the program to the directory of a v2 cgroup, beside those that are attached already.
/// Returns 0 or minus the error number.
int berth_bpf_device_attach(int cgroup_fd, int program_fd);

#endif
