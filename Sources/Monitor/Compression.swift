import CCompress
import CLinux
import Glibc

/// Compresses rotated files, one at a time and the newest first, in a child process that writes to a file of another name. Only
/// this program gives that its own name, in place of the plain file, when the child has ended well. So whenever one of
/// them is killed, the plain file or the whole compressed one is there. Nobody waits for the child but the log's end, for a moment;
/// files that are rotated meanwhile stay plain until their turn comes.
struct Compression {
    private let rotation: Rotation
    private let temporary: String
    private var child: Int32 = 0
    /// The file that the child compresses.
    private var device: dev_t = 0
    private var inode: ino_t = 0
    /// Readable when the child has ended; -1 where there is none.
    private(set) var ended: Int32 = -1

    private static let longestWait: Int32 = 500  // milliseconds

    init(_ rotation: Rotation) {
        self.rotation = rotation
        temporary = rotation.path + ".gz.new"
        // Of a monitor that was killed.
        unlink(temporary)
    }

    var isRunning: Bool { child > 0 }

    /// Begins with the next file, where there is one and nothing is under way.
    mutating func begin() {
        guard child == 0, let number = rotation.newestPlain() else { return }
        let source = open(rotation.plain(number), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard source >= 0 else { return }
        defer { close(source) }
        var status = stat()
        guard fstat(source, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
        let target = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard target >= 0 else { return }
        defer { close(target) }
        let pid = berth_compress(source, target)
        guard pid > 0 else {
            unlink(temporary)
            return
        }
        child = pid
        device = status.st_dev
        inode = status.st_ino
        ended = berth_pidfd_open(pid)
    }

    /// Takes what the child has made, if it has ended, and goes on with the next file.
    mutating func goOn() {
        guard child > 0 else { return }
        var status: Int32 = 0
        let result = waitpid(child, &status, WNOHANG)
        if result == 0 || result < 0 && errno == EINTR { return }
        forget()
        // Where it has failed, the disk is full, say: the next rotation tries again.
        if take(result > 0 && status == 0) { begin() }
    }

    /// Waits a moment for the child, and ends it then.
    mutating func finish() {
        guard child > 0 else { return }
        var entry = pollfd(fd: ended, events: Int16(POLLIN), revents: 0)
        if ended < 0 || poll(&entry, 1, Self.longestWait) <= 0 { kill(child, SIGKILL) }
        var status: Int32 = 0
        var result: Int32
        repeat { result = waitpid(child, &status, 0) } while result < 0 && errno == EINTR
        forget()
        _ = take(result > 0 && status == 0)
    }

    private mutating func forget() {
        if ended >= 0 { close(ended) }
        ended = -1
        child = 0
    }

    private func take(_ isWhole: Bool) -> Bool {
        guard isWhole, let number = rotation.number(device: device, inode: inode),
            rename(temporary, rotation.compressed(number)) == 0
        else {
            unlink(temporary)
            return isWhole
        }
        unlink(rotation.plain(number))
        return true
    }
}
