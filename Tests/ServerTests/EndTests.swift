import Server
import Testing

/// The end of a server: whoever connects meanwhile is turned away, and nothing traps.
@Suite struct EndTests {
    @Test func clientsMayConnectWhileTheServerEnds() async throws {
        for round in 0..<40 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                let (paths, sender) = AsyncStream<String>.makeStream()
                group.addTask {
                    try await withServer(routes: RouteTable()) { path in
                        sender.yield(path)
                        sender.finish()
                        try await Task.sleep(for: .milliseconds(round % 4))
                    }
                }
                group.addTask {
                    // Until the file is gone, or nobody listens.
                    for await path in paths {
                        while let client = try? RawClient(path: path) { client.close() }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
