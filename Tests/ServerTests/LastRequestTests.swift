import API
import Model
import NIOCore
import Server
import Testing

/// How connections end, and what is said about requests that end too early, over a real unix socket.
@Suite struct LastRequestTests {
    private struct Body: Decodable, Sendable {
        @OrEmpty var name: String

        enum CodingKeys: String, CodingKey { case name = "Name" }
    }

    private func routes() -> RouteTable {
        var routes = RouteTable()
        routes.on("GET /text") { _ in .text("text") }
        routes.on("GET /stream") { _ in
            .stream(contentType: "text/plain") { writer in
                for word in ["one", "two"] { try await writer.write(ByteBuffer(string: word)) }
            }
        }
        routes.on("POST /body") { .text(try await $0.requiredBody(Body.self).name) }
        routes.on("POST /exec/{id}/start") { .text(try await $0.requiredBody(Body.self).name) }
        return routes
    }

    /// All that comes until the server ends the connection.
    private func everything(_ path: String, _ request: String, endsSending: Bool = false) async throws -> String {
        let client = try RawClient(path: path)
        defer { client.close() }
        try await client.send(request)
        if endsSending { client.endSending() }
        return String(decoding: try await client.readToEnd(), as: UTF8.self)
    }

    @Test(arguments: ["close", "Close", "CLOSE", "Keep-Alive, Close"])
    func connectionEndsWhenTheRequestSaysSo(_ value: String) async throws {
        try await withServer(routes: routes()) { path in
            let request = "GET /text HTTP/1.1\r\nHost: x\r\nConnection: \(value)\r\n\r\n"
            let answer = try await everything(path, request)
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix("\r\n\r\ntext"))
            #expect(answer.lowercased().contains("\r\nconnection: close\r\n"))
        }
    }

    @Test func answersToHTTP10AreNotChunkedAndEndTheConnection() async throws {
        try await withServer(routes: routes()) { path in
            let text = try await everything(path, "GET /text HTTP/1.0\r\n\r\n")
            #expect(text.hasPrefix("HTTP/1.0 200 ") && text.hasSuffix("\r\n\r\ntext"))
            let stream = try await everything(path, "GET /stream HTTP/1.0\r\n\r\n")
            #expect(stream.hasPrefix("HTTP/1.0 200 ") && stream.hasSuffix("\r\n\r\nonetwo"))
            #expect(!stream.lowercased().contains("transfer-encoding"))
            #expect(stream.lowercased().contains("\r\nconnection: close\r\n"))
        }
    }

    @Test func streamIsEndedByItsChunksAndThenTheConnection() async throws {
        try await withServer(routes: routes()) { path in
            let answer = try await everything(path, "GET /stream HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n\r\n")
            #expect(answer.hasSuffix("3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"))
        }
    }

    @Test func requestThatCouldHaveBeenHijackedIsTheLast() async throws {
        try await withServer(routes: routes()) { path in
            let json = "Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"name\":\"a\"}"
            let start = try await everything(path, "POST /exec/1/start HTTP/1.1\r\nHost: x\r\n\(json)early input")
            #expect(start.hasSuffix("\r\n\r\na"))
            let upgrade = try await everything(
                path, "POST /body HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\(json)")
            #expect(upgrade.hasPrefix("HTTP/1.1 200 ") && upgrade.hasSuffix("\r\n\r\na"))
        }
    }

    @Test func bodyThatEndsTooEarlyIsTheClientsFault() async throws {
        try await withServer(routes: routes()) { path in
            let head = "POST /body HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            for body in ["Content-Length: 50\r\n\r\n{\"name\"", "Transfer-Encoding: chunked\r\n\r\n8\r\n{\"na"] {
                let client = try RawClient(path: path)
                defer { client.close() }
                try await client.send(head + body)
                client.endSending()
                let (answer, message) = try await client.readAnswer()
                #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
                #expect(message == #"{"message":"invalid JSON: unexpected EOF"}"#)
            }
        }
    }
}
