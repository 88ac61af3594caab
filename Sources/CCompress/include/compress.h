#ifndef BERTH_COMPRESS_H
#define BERTH_COMPRESS_H

#include <stdint.h>
#include <sys/types.h>

/// The subfield of a gzip header (RFC 1952, 2.3.1.1) that tells which inode was compressed: 8 bytes, little-endian.
enum { BERTH_INODE_SUBFIELD_1 = 'B', BERTH_INODE_SUBFIELD_2 = 'I' };

/// Compresses `source` from its beginning into `target` (gzip, RFC 1952) in a child process, which ends with the status 0 when
/// all of it is on the disk. The file gets the source's owner, mode and time of last change. The child holds no other
/// descriptors, and dies with the thread that called this. Returns its number, or -1 (errno of fork(2)).
pid_t berth_compress(int source, int target);

#endif
