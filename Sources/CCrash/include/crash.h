#ifndef BERTH_CRASH_H
#define BERTH_CRASH_H

// What a crash of this process leaves in its standard error. Everything that runs in the signal handler is
// async-signal-safe (signal-safety(7)), except that backtrace(3) is used once it has been loaded.

/// From now on SIGSEGV, SIGILL, SIGBUS, SIGFPE, SIGABRT and SIGTRAP write a line with the signal, the address and what was
/// being done, and a backtrace, to standard error, and then do what they do by default. exit(3) from within a driver
/// leaves a line, too.
///
/// A driver that crashes in `open` leaves a file of its name in `directory`, with the reason; NULL for none.
void berth_crash_install(const char *directory);

/// Gives the calling thread a stack of its own for the handler, so that an overflow of its stack is told, too. Once for a
/// thread; the stack goes with it.
void berth_crash_stack(void);

/// The calling thread goes into a driver, or with NULL comes back from it. Both texts are copied, and cut at 127 bytes.
void berth_crash_calling(const char *driver, const char *method);

#endif
