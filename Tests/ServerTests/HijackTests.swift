import API
import NIOCore
import Server
import Synchronization
import Testing

/// Hijacked connections over a real unix socket, with the test at the monitor's end of a socket pair.
@Suite struct HijackTests {
    private static let request = "POST /attach HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"

    private func frame(_ stream: UInt8, _ text: String) -> [UInt8] { frame(stream, Array(text.utf8)) }

    private func frame(_ stream: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        [stream, 0, 0, 0] + withUnsafeBytes(of: UInt32(bytes.count).bigEndian, Array.init) + bytes
    }

    /// Serves `POST /attach` with one hijack, and runs the test with a client and the monitor's end.
    private func withHijack(
        tty: Bool, version: APIVersion = .maximum, change: @escaping @Sendable (inout Hijack) throws -> Void = { _ in },
        _ body: @escaping @Sendable (_ client: RawClient, _ monitor: RawClient) async throws -> Void
    ) async throws {
        let (ours, theirs) = RawClient.pair()
        var routes = RouteTable()
        routes.on("POST /attach") { _ in
            var hijack = Hijack(isTTY: tty, version: version)
            hijack.stdin = true
            hijack.socket = { theirs.descriptor }
            try change(&hijack)
            return Answer(body: .hijack(hijack))
        }
        try await withServer(routes: routes) { path in
            let client = try RawClient(path: path)
            defer {
                client.close()
                ours.close()
            }
            try await body(client, ours)
        }
    }

    @Test func upgradeIsAnsweredAndBothDirectionsFlow() async throws {
        try await withHijack(tty: false) { client, monitor in
            try await client.send(Self.request)
            let head = try await client.readHead()
            #expect(
                head.hasPrefix("HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\n"))
            #expect(head.contains("\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"))
            try await client.send("hello")
            #expect(try await monitor.read(exactly: 13) == frame(0, "hello"))
            try await monitor.send(frame(16, "event") + frame(1, "out") + frame(2, "err"))
            #expect(try await client.read(exactly: 22) == frame(1, "out") + frame(2, "err"))
            monitor.close()
            #expect(try await client.readToEnd().isEmpty)
        }
    }

    @Test func olderVersionsHaveTheirTypeAndHead() async throws {
        try await withHijack(tty: false, version: APIVersion(1, 41)) { client, monitor in
            try await client.send(Self.request)
            #expect(try await client.readHead().contains("Content-Type: application/vnd.docker.raw-stream\r\n"))
        }
        try await withHijack(tty: true) { client, monitor in
            try await client.send("POST /attach HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(
                try await client.readHead()
                    == "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n")
            try await monitor.send(frame(1, "raw"))
            #expect(try await client.read(exactly: 3) == Array("raw".utf8))
            try await client.send("key")
            #expect(try await monitor.read(exactly: 11) == frame(0, "key"))
        }
    }

    @Test func endOfInputLeavesOutputOpen() async throws {
        try await withHijack(tty: false) { client, monitor in
            try await client.send(Self.request)
            _ = try await client.readHead()
            try await client.send("last")
            client.endSending()
            #expect(try await monitor.read(exactly: 20) == frame(0, "last") + frame(33, ""))
            try await monitor.send(frame(1, "answer"))
            monitor.endSending()
            #expect(try await client.readToEnd() == frame(1, "answer"))
        }
    }

    @Test func detachKeysLeaveTheProcessAlone() async throws {
        try await withHijack(tty: true) { client, monitor in
            try await client.send(Self.request)
            _ = try await client.readHead()
            try await client.send([97, 16, 98, 16])
            #expect(try await monitor.read(exactly: 8 + 3) == frame(0, [97, 16, 98]))
            try await client.send([17, 99])
            #expect(try await client.readToEnd().isEmpty)
            #expect(try await monitor.readToEnd().isEmpty)
        }
    }

    @Test func detachKeysAreBytesWithoutTerminal() async throws {
        try await withHijack(tty: false) { client, monitor in
            try await client.send(Self.request)
            _ = try await client.readHead()
            try await client.send([16, 17])
            #expect(try await monitor.read(exactly: 10) == frame(0, [16, 17]))
        }
    }

    @Test func logsComeFirst() async throws {
        try await withHijack(tty: false) { hijack in
            hijack.replay = { send in try await send(ByteBuffer(string: "old ")) }
        } _: { client, monitor in
            try await monitor.send(frame(1, "new"))
            try await client.send(Self.request)
            _ = try await client.readHead()
            #expect(try await client.read(exactly: 15) == Array("old ".utf8) + frame(1, "new"))
        }
    }

    @Test func onlyWantedStreamsAreSent() async throws {
        try await withHijack(tty: false) {
            $0.streams = [StreamFrame.stderr]
        } _: { client, monitor in
            try await client.send(Self.request)
            _ = try await client.readHead()
            try await monitor.send(frame(1, "out") + frame(2, "err"))
            monitor.endSending()
            #expect(try await client.readToEnd() == frame(2, "err"))
        }
    }

    @Test func inputBeforeTheStartIsHeldAndItsEndToo() async throws {
        let (started, start) = AsyncStream<Void>.makeStream()
        try await withHijack(tty: false) { hijack in
            let socket = hijack.socket!
            hijack.socket = {
                for await _ in started {}
                return try await socket()
            }
        } _: { client, monitor in
            try await client.send(Self.request)
            _ = try await client.readHead()
            try await client.send("early")
            client.endSending()
            try await Task.sleep(for: .milliseconds(50))
            start.finish()
            #expect(try await monitor.read(exactly: 21) == frame(0, "early") + frame(33, ""))
            try await monitor.send(frame(1, "done"))
            monitor.endSending()
            #expect(try await client.readToEnd() == frame(1, "done"))
        }
    }

    @Test(arguments: ["", "{\"Detach\":false}"]) func inputRightBehindTheRequestIsKept(_ body: String) async throws {
        try await withHijack(tty: false) { client, monitor in
            let head =
                Self.request.dropLast() + (body.isEmpty ? "" : "Content-Length: \(body.utf8.count)\r\n") + "\r\n"
            try await client.send(head + body + "early")
            #expect(try await client.readHead().hasPrefix("HTTP/1.1 101 "))
            #expect(try await monitor.read(exactly: 13) == frame(0, "early"))
            try await client.send("late")
            #expect(try await monitor.read(exactly: 12) == frame(0, "late"))
        }
    }

    @Test func inputBehindAChunkedBodyIsKept() async throws {
        try await withHijack(tty: false) { client, monitor in
            try await client.send(
                Self.request.dropLast() + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n2\r\n1}\r\n0\r\n\r\nearly"
            )
            #expect(try await client.readHead().hasPrefix("HTTP/1.1 101 "))
            #expect(try await monitor.read(exactly: 13) == frame(0, "early"))
        }
    }

    @Test func inputBehindARequestWithoutUpgradeIsKept() async throws {
        let (ours, theirs) = RawClient.pair()
        var routes = RouteTable()
        routes.on("POST /exec/{id}/start") { _ in
            var hijack = Hijack(isTTY: false, version: .maximum)
            hijack.stdin = true
            hijack.socket = { theirs.descriptor }
            return Answer(body: .hijack(hijack))
        }
        try await withServer(routes: routes) { path in
            let client = try RawClient(path: path)
            defer {
                client.close()
                ours.close()
            }
            try await client.send("POST /exec/1/start HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}early")
            #expect(try await client.readHead().hasPrefix("HTTP/1.1 200 "))
            #expect(try await ours.read(exactly: 13) == frame(0, "early"))
            try await client.send("late")
            #expect(try await ours.read(exactly: 12) == frame(0, "late"))
        }
    }

    @Test func outputEndsOnlyWhenTheEndOfTheProcessIsRecorded() async throws {
        let (recorded, record) = AsyncStream<Void>.makeStream()
        let order = Mutex<[String]>([])
        try await withHijack(tty: false) { hijack in
            hijack.endRecorded = {
                for await _ in recorded {}
                order.withLock { $0.append("recorded") }
            }
        } _: { client, monitor in
            try await client.send(Self.request)
            _ = try await client.readHead()
            try await monitor.send(frame(1, "last") + frame(18, "status"))
            monitor.endSending()
            #expect(try await client.read(exactly: 12) == frame(1, "last"))
            Task {
                try await Task.sleep(for: .milliseconds(50))
                record.finish()
            }
            #expect(try await client.readToEnd().isEmpty)
            order.withLock { $0.append("ended") }
        }
        #expect(order.withLock { $0 } == ["recorded", "ended"])
    }

    @Test func streamThatEndsBeforeTheProcessWaitsForNothing() async throws {
        try await withHijack(tty: false) { hijack in
            hijack.endRecorded = { try? await Task.sleep(for: .seconds(60)) }
        } _: { client, monitor in
            try await client.send(Self.request)
            _ = try await client.readHead()
            monitor.endSending()
            #expect(try await client.readToEnd().isEmpty)
        }
    }

    @Test func sessionIsClosedWhenTheClientLeavesDuringTheReplay() async throws {
        let (closed, signal) = AsyncStream<Void>.makeStream()
        try await withHijack(tty: false) { hijack in
            hijack.replay = { send in while true { try await send(ByteBuffer(repeating: 0, count: 64 * 1024)) } }
            hijack.close = { signal.finish() }
        } _: { client, monitor in
            try await client.send(Self.request)
            _ = try await client.readHead()
            client.close()
            for await _ in closed {}
        }
    }

    @Test func sessionIsClosedWhenTheClientHasLeftBeforeTheAnswer() async throws {
        let (left, leave) = AsyncStream<Void>.makeStream()
        let (closed, signal) = AsyncStream<Void>.makeStream()
        var routes = RouteTable()
        routes.on("POST /attach") { _ in
            for await _ in left {}
            var hijack = Hijack(isTTY: false, version: .maximum)
            hijack.socket = { nil }
            hijack.close = { signal.finish() }
            return Answer(body: .hijack(hijack))
        }
        try await withServer(routes: routes) { path in
            let client = try RawClient(path: path)
            try await client.send(Self.request)
            client.close()
            try await Task.sleep(for: .milliseconds(50))
            leave.finish()
            for await _ in closed {}
        }
    }

    @Test func detachKeysAreToldOf() async throws {
        let (detached, signal) = AsyncStream<Void>.makeStream()
        try await withHijack(tty: true) { hijack in
            hijack.onDetach = { signal.finish() }
        } _: { client, monitor in
            try await client.send(Self.request)
            _ = try await client.readHead()
            try await client.send([16, 17])
            for await _ in detached {}
            #expect(try await client.readToEnd().isEmpty)
        }
    }

    @Test func clientThatLeavesBeforeTheStartCancelsTheWait() async throws {
        let (cancelled, signal) = AsyncStream<Bool>.makeStream()
        try await withHijack(tty: false) { hijack in
            hijack.socket = {
                do { try await Task.sleep(for: .seconds(60)) } catch { signal.yield(true) }
                signal.finish()
                return nil
            }
        } _: { client, monitor in
            try await client.send(Self.request)
            _ = try await client.readHead()
            client.close()
            var wasCancelled = false
            for await value in cancelled { wasCancelled = value }
            #expect(wasCancelled)
        }
    }

    @Test func clientThatLeavesClosesTheMonitorsSocket() async throws {
        try await withHijack(tty: false) { client, monitor in
            try await client.send(Self.request)
            _ = try await client.readHead()
            try await client.send("x")
            #expect(try await monitor.read(exactly: 9) == frame(0, "x"))
            client.close()
            // The end of its input may be seen before that of the connection.
            let rest = try await monitor.readToEnd()
            #expect(rest.isEmpty || rest == frame(33, ""))
        }
    }

    @Test func slowReceiversHoldTheSenderBackAndNothingIsLost() async throws {
        let payload = [UInt8](repeating: 0x5A, count: 32 * 1024)
        let count = 512
        try await withHijack(tty: true) { client, monitor in
            try await client.send(Self.request)
            _ = try await client.readHead()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for _ in 0..<count { try await monitor.send(frame(1, payload)) }
                    monitor.endSending()
                }
                try await Task.sleep(for: .milliseconds(200))
                let output = try await client.readToEnd()
                #expect(output.count == payload.count * count)
                #expect(output.allSatisfy { $0 == 0x5A })
                try await group.waitForAll()
            }
        }
        try await withHijack(tty: false) { client, monitor in
            try await client.send(Self.request)
            _ = try await client.readHead()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for _ in 0..<count { try await client.send(payload) }
                    client.endSending()
                }
                try await Task.sleep(for: .milliseconds(200))
                var received = 0
                while true {
                    let header = try await monitor.read(exactly: 8)
                    let length = header[4...].reduce(0) { $0 << 8 | Int($1) }
                    if header[0] == 33 { break }
                    #expect(header[0] == 0 && length <= 32 * 1024)
                    received += try await monitor.read(exactly: length).count
                }
                #expect(received == payload.count * count)
                try await group.waitForAll()
            }
        }
    }
}
