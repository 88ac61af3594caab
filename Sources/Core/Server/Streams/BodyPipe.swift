import Glibc
import Model
import NIOCore
import NIOPosix

/// Gives a request's body to a reader of a file descriptor: nothing is kept but what is on its way.
///
/// The way is a pair of connected sockets: the writing end is driven by the event loop, the reading end blocks.
package enum BodyPipe {
    /// Runs `reader` with the read end, which is closed afterwards, while the body is written into the other end; its
    /// end is the body's.
    /// - Throws: what the reader throws, or what went wrong with the body.
    package static func feed<Result: Sendable>(
        from call: Call, to reader: @escaping @Sendable (CInt) async throws -> Result
    ) async throws -> Result {
        var ends: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw BerthError.system("socketpair: \(String(cString: strerror(errno)))")
        }
        let (readEnd, writeEnd) = (ends[0], ends[1])
        let output: any Channel
        do {
            output = try await ClientBootstrap(group: call.connection.channel.eventLoop)
                .withConnectedSocket(writeEnd).get()
        } catch {
            close(readEnd)
            throw BerthError.system("read the request's body: \(error)")
        }
        defer { close(readEnd) }
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await reader(readEnd) }
            group.addTask {
                try await pump(call, into: output)
                return nil
            }
            var result: Result?
            var failure: (any Error)?
            // A group that is left by an error cancels its tasks, and a cancelled read of the body ends the
            // connection before the answer: so both end by themselves, the writer when it finds its end closed.
            while let outcome = await group.nextResult() {
                switch outcome {
                case .success(let value):
                    guard let value else { continue }
                    result = value
                case .failure(let error):
                    // The reader's error says more than the body's; the one that comes first is the cause.
                    if failure == nil { failure = error }
                }
                output.close(promise: nil)
            }
            if let failure { throw failure }
            guard let result else { throw BerthError.system("read the request's body: it was not read") }
            return result
        }
    }

    /// Writes the body as fast as it is read. A reader that has read enough is no error of the body.
    private static func pump(_ call: Call, into output: any Channel) async throws {
        do {
            for try await buffer in call.request.body {
                do { try await output.writeAndFlush(buffer).get() } catch { return }
            }
        } catch {
            output.close(promise: nil)
            throw BerthError.invalid("read the request's body: the client closed the connection")
        }
        try? await output.close().get()
    }
}
