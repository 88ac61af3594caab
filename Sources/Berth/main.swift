import Glibc

// The command line has its place here and in the installed tree; its commands are not written yet.
let words = """
    berth: the command line has no commands yet. Any Docker client works with the daemon:
        docker --host unix:///run/berth/berth.sock info

    """
_ = words.withCString { write(STDERR_FILENO, $0, strlen($0)) }
exit(64)  // EX_USAGE of sysexits(3)
