#ifndef BERTH_MEMORY_FILE_H
#define BERTH_MEMORY_FILE_H

/// A file in memory that goes with its descriptor (memfd_create(2)), close-on-exec. Minus the error number on failure.
int berth_memory_file(const char *name);

#endif
