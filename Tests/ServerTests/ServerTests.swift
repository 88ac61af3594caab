import API
import FoundationEssentials
import Glibc
import Model
import NIOCore
import Server
import Testing

/// Requests over a real unix socket, answered by routes made for the test.
@Suite struct ServerTests {
    private struct Body: Decodable, Sendable {
        @OrEmpty var name: String
        @OrEmpty var count: Int

        enum CodingKeys: String, CodingKey { case name = "Name", count }
    }

    private func routes() -> RouteTable {
        var routes = RouteTable()
        routes.on("GET /text/{name}") { .text(try $0[.name] + " " + $0.version.description) }
        routes.on("GET /error") { _ in throw BerthError.conflict("it is in use") }
        routes.on("GET /same") { _ in throw BerthError(.notModified, "") }
        routes.on("GET /gone") { _ in .noContent }
        routes.on("HEAD /text") { _ in .text("") }
        routes.on("POST /body") { call in
            let body = try await call.requiredBody(Body.self)
            return .json([body.name, String(body.count)])
        }
        routes.on("GET /stream") { _ in
            .stream(contentType: "text/plain") { writer in
                for word in ["one", "two"] { try await writer.write(ByteBuffer(string: word)) }
            }
        }
        return routes
    }

    @Test func answersCarryDockersHeaders() async throws {
        try await withServer(routes: routes()) { path in
            let client = try RawClient(path: path)
            defer { client.close() }
            let (head, body) = try await client.request("GET", "/v1.41/text/hello?x=1")
            #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(body == "hello 1.41")
            let fields = head.lowercased()
            for field in [
                "api-version: 1.51", "ostype: linux", "docker-experimental: false", "server: berth/1.2.3 (linux)",
            ] {
                #expect(fields.contains("\r\n" + field + "\r\n"), "\(field)")
            }
            // The connection goes on.
            #expect(try await client.request("GET", "/text/again").body == "again 1.51")
        }
    }

    @Test func errorsHaveDockersForm() async throws {
        try await withServer(routes: routes()) { path in
            let client = try RawClient(path: path)
            defer { client.close() }
            func expect(_ method: String, _ target: String, _ status: Int, _ message: String) async throws {
                let (head, body) = try await client.request(method, target)
                #expect(head.hasPrefix("HTTP/1.1 \(status) "), "\(target): \(head)")
                let decoded = try JSONDecoder().decode([String: String].self, from: Data(body.utf8))
                #expect(decoded == ["message": message])
            }
            try await expect("GET", "/nothing", 404, "page not found")
            try await expect("DELETE", "/text/x", 404, "page not found")
            try await expect("GET", "/error", 409, "it is in use")
            try await expect(
                "GET", "/v1.99/error", 400, "client version 1.99 is too new. Maximum supported API version is 1.51")
            #expect(try await client.request("GET", "/same").head.hasPrefix("HTTP/1.1 304 "))
            let gone = try await client.request("GET", "/gone").head
            #expect(gone.hasPrefix("HTTP/1.1 204 ") && !gone.lowercased().contains("content-length"))
            #expect(try await client.request("HEAD", "/text").head.hasPrefix("HTTP/1.1 200 "))
            #expect(try await client.request("GET", "/text/still").body == "still 1.51")
        }
    }

    @Test func bodiesAreChecked() async throws {
        try await withServer(routes: routes()) { path in
            let client = try RawClient(path: path)
            defer { client.close() }
            let json = "Content-Type: application/json; charset=utf-8\r\n"
            func post(_ headers: String, _ body: String, version: String = "") async throws -> (String, String) {
                try await client.request("POST", version + "/body", headers: headers, body: body)
            }
            #expect(try await post(json, #"{"name":"a","count":2,"unknown":[1]}"#).1 == #"["a","2"]"#)
            #expect(try await post(json, #"{"name":null}"#).1 == #"["","0"]"#)
            let broken = try await post(json, #"{"name":"#)
            #expect(broken.0.hasPrefix("HTTP/1.1 400 ") && broken.1.hasPrefix(#"{"message":"invalid JSON: "#))
            let wrong = try await post(json, #"{"count":"many"}"#)
            #expect(
                wrong.0.hasPrefix("HTTP/1.1 400 ") && wrong.1.contains("field count: cannot read the value as a number")
            )
        }
    }

    @Test func wrongContentTypeIsRefused() async throws {
        try await withServer(routes: routes()) { path in
            let client = try RawClient(path: path)
            defer { client.close() }
            let text = "Content-Type: text/plain\r\n"
            #expect(
                try await client.request("POST", "/body", headers: text, body: "{}").body
                    == #"{"message":"unsupported Content-Type header (text/plain): must be 'application/json'"}"#)
            #expect(
                try await client.request("POST", "/v1.41/body", headers: text, body: "{}").body
                    == #"{"message":"Content-Type specified (text/plain) must be 'application/json'"}"#)
            let empty = try await client.request("POST", "/body", headers: "Content-Type: application/json\r\n")
            #expect(empty.head.hasPrefix("HTTP/1.1 400 "))
            #expect(empty.body == #"{"message":"invalid JSON: got EOF while reading request body"}"#)
        }
    }

    @Test func largeBodiesAreRefused() async throws {
        try await withServer(routes: routes()) { path in
            let client = try RawClient(path: path)
            defer { client.close() }
            let (head, _) = try await client.request(
                "POST", "/body", headers: "Content-Type: application/json\r\n",
                body: #"{"name":""# + String(repeating: "x", count: 4 * 1024 * 1024) + #""}"#)
            #expect(head.hasPrefix("HTTP/1.1 413 "))
            // What is left of the body is not read: this was the connection's last answer.
            #expect(head.lowercased().contains("\r\nconnection: close\r\n"))
        }
    }

    @Test func streamsAreChunkedAndTheConnectionGoesOn() async throws {
        try await withServer(routes: routes()) { path in
            let client = try RawClient(path: path)
            defer { client.close() }
            try await client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await client.readHead().lowercased().contains("transfer-encoding: chunked"))
            let expected = "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"
            #expect(String(decoding: try await client.read(exactly: expected.utf8.count), as: UTF8.self) == expected)
            #expect(try await client.request("GET", "/text/still").body == "still 1.51")
        }
    }

    @Test func streamIsCancelledWhenTheClientLeaves() async throws {
        let (ended, signal) = AsyncStream<Bool>.makeStream()
        var routes = RouteTable()
        routes.on("GET /wait") { _ in
            .stream(contentType: "text/plain") { _ in
                do { try await Task.sleep(for: .seconds(60)) } catch { signal.yield(error is CancellationError) }
                signal.finish()
                throw CancellationError()
            }
        }
        try await withServer(routes: routes) { path in
            let client = try RawClient(path: path)
            try await client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await client.readHead().hasPrefix("HTTP/1.1 200 "))
            client.close()
            var cancelled = false
            for await value in ended { cancelled = value }
            #expect(cancelled)
        }
    }

    @Test func socketIsForOwnerAndGroupAndGoesAway() async throws {
        let seen = AsyncStream<String>.makeStream()
        try await withServer(routes: routes()) { path in
            var status = stat()
            #expect(stat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o660)
            seen.continuation.yield(path)
        }
        seen.continuation.finish()
        for await path in seen.stream { #expect(access(path, F_OK) != 0) }
    }

    @Test func pathInUseIsRefusedAndAStaleOneReplaced() async throws {
        let routes = routes()
        try await withServer(routes: routes) { path in
            let second = BerthServer(
                routes: routes, configuration: .init(unixSocketPath: path, serverVersion: "x"),
                logger: .init(label: "x"))
            let error = await #expect(throws: BerthError.self) { try await second.run() }
            #expect(error?.message.contains("already in use") == true)
            let client = try RawClient(path: path)
            defer { client.close() }
            #expect(try await client.request("GET", "/text/first").body == "first 1.51")
        }
    }
}
