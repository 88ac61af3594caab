import Glibc
import Model
import NIOCore
import NIOPosix

/// Gives a request's body to a reader of a file descriptor, through a pipe: nothing is kept but what is in it.
enum BodyPipe {
    /// Bytes in the pipe; more than the kernel's 64 KiB saves changes between the two sides.
    private static let capacity: CInt = 1 << 20

    /// Runs `reader` with the read end of a pipe, which is blocking and is closed afterwards, while the body is
    /// written into the other end; its end is the body's.
    /// - Throws: what the reader throws, or what went wrong with the body.
    static func feed<Result: Sendable>(
        from call: Call, to reader: @escaping @Sendable (CInt) async throws -> Result
    ) async throws -> Result {
        var ends: [CInt] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0 else {
            throw BerthError.system("pipe2: \(String(cString: strerror(errno)))")
        }
        let (readEnd, writeEnd) = (ends[0], ends[1])
        _ = fcntl(writeEnd, F_SETPIPE_SZ, capacity)
        let output: any Channel
        do {
            output = try await NIOPipeBootstrap(group: call.connection.channel.eventLoop)
                .takingOwnershipOfDescriptor(output: writeEnd).get()
        } catch {
            close(readEnd)
            close(writeEnd)
            throw BerthError.system("write into a pipe: \(error)")
        }
        defer { close(readEnd) }
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await reader(readEnd) }
            group.addTask {
                do {
                    for try await buffer in call.request.body { try await output.writeAndFlush(buffer).get() }
                } catch let error as IOError where error.errnoCode == EPIPE {
                    // The reader has read enough.
                } catch ChannelError.ioOnClosedChannel {
                } catch {
                    try? await output.close().get()
                    throw error
                }
                try? await output.close().get()
                return nil
            }
            do {
                // The reader's own error says more than the body's; both have ended when it has.
                while let result = try await group.next() {
                    guard let result else { continue }
                    group.cancelAll()
                    try? await output.close().get()
                    return result
                }
            } catch {
                group.cancelAll()
                try? await output.close().get()
                throw error
            }
            throw BerthError.system("read the request's body: ended early")
        }
    }
}
