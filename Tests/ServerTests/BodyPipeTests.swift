import API
import Foundation
import Glibc
import Model
import Server
import Testing

/// Bodies of any size, given to a reader of a file descriptor.
@Suite struct BodyPipeTests {
    /// Reads to the end on a thread of its own, or `limit` bytes, and says how many there were.
    private static func count(_ file: CInt, limit: Int = .max) async throws -> Int {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var buffer = [UInt8](repeating: 0, count: 100_000)
                var total = 0
                while total < limit, case let count = read(file, &buffer, buffer.count), count > 0 { total += count }
                continuation.resume(returning: total)
            }
        }
    }

    private func routes() -> RouteTable {
        var routes = RouteTable()
        routes.on("POST /count") { call in
            .text(String(try await BodyPipe.feed(from: call) { try await Self.count($0) }))
        }
        routes.on("POST /refuse") { call in
            let count = try await BodyPipe.feed(from: call) { file -> Int in
                _ = try await Self.count(file, limit: 1)
                throw BerthError.invalid("that is no archive")
            }
            return .text(String(count))
        }
        return routes
    }

    private static let size = 20_000_000

    private func post(_ client: RawClient, _ path: String) async throws -> (head: String, body: String) {
        let body = String(repeating: "x", count: Self.size)
        return try await client.request("POST", path, headers: "Content-Type: application/x-tar\r\n", body: body)
    }

    @Test func largeBodiesArriveWhole() async throws {
        try await withServer(routes: routes()) { path in
            let client = try RawClient(path: path)
            defer { client.close() }
            #expect(try await post(client, "/count").body == String(Self.size))
            #expect(try await client.request("POST", "/count").body == "0")
        }
    }

    @Test func readerThatRefusesIsAnsweredAndTheConnectionGoesOn() async throws {
        try await withServer(routes: routes()) { path in
            let client = try RawClient(path: path)
            defer { client.close() }
            let (head, body) = try await post(client, "/refuse")
            #expect(head.hasPrefix("HTTP/1.1 400 "))
            #expect(body == #"{"message":"that is no archive"}"#)
            #expect(try await post(client, "/count").body == String(Self.size))
        }
    }

    @Test func readerSeesTheEndWhenTheClientLeaves() async throws {
        let (counts, signal) = AsyncStream<Int>.makeStream()
        var routes = RouteTable()
        routes.on("POST /count") { call in
            let count = try await BodyPipe.feed(from: call) { file -> Int in
                let count = try await Self.count(file)
                signal.yield(count)
                signal.finish()
                return count
            }
            return .text(String(count))
        }
        try await withServer(routes: routes) { path in
            let client = try RawClient(path: path)
            try await client.send("POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc")
            try await Task.sleep(for: .milliseconds(50))
            client.close()
            var seen: [Int] = []
            for await count in counts { seen.append(count) }
            #expect(seen == [3])
        }
    }
}
