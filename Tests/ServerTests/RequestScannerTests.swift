import NIOCore
import Server
import Testing

@Suite struct RequestScannerTests {
    /// What the scanner gives for these pieces: the bytes of requests, and those behind the last.
    private func split(_ pieces: [String]) -> (requests: String, input: String) {
        var scanner = RequestScanner()
        var result = (requests: "", input: "")
        for piece in pieces {
            let (requests, input) = scanner.split(ByteBuffer(string: piece))
            result.requests += String(buffer: requests)
            result.input += input.map { String(buffer: $0) } ?? ""
        }
        return result
    }

    private func expect(_ requests: String, then input: String) {
        let whole = requests + input
        for size in [1, 2, 3, 7, 50, whole.utf8.count] {
            let bytes = Array(whole.utf8)
            let pieces = stride(from: 0, to: bytes.count, by: size).map {
                String(decoding: bytes[$0..<min(bytes.count, $0 + size)], as: UTF8.self)
            }
            let result = split(pieces)
            #expect(result.requests == requests && result.input == input, "pieces of \(size)")
        }
    }

    private let upgrade = "POST /a HTTP/1.1\r\nUpgrade: tcp\r\n"

    @Test func inputBehindAnUpgradeIsCutOff() {
        expect(upgrade + "\r\n", then: "input")
        expect(upgrade + "Content-Length: 3\r\n\r\nabc", then: "def")
    }

    @Test func chunkedBodyEndsWithItsTrailer() {
        let chunked = upgrade + "Transfer-Encoding: chunked\r\n\r\n"
        expect(chunked + "3\r\nabc\r\n0\r\n\r\n", then: "input")
        expect(
            chunked + "3;name=value\r\n0\r\n\r\n1A\r\nabcdefghijklmnopqrstuvwxyz\r\n00\r\nField: x\r\n\r\n",
            then: "0\r\n\r\n")
    }

    @Test(arguments: [
        "/v1.41/containers/a/attach?stream=1", "/containers/a/attach", "/v1.51/exec/a/start", "/exec/a/start",
    ])
    func streamsNeedNoUpgrade(_ target: String) {
        expect("POST \(target) HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", then: "input")
    }

    @Test(arguments: ["GET /containers/a/attach", "POST /containers/a/start", "POST /exec/a/json", "POST /attach"])
    func otherRequestsFollowOneAnother(_ request: String) {
        let plain = "\(request) HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
        expect(plain + plain, then: "")
        expect(plain + upgrade + "\r\n", then: "input")
    }

    @Test func bodiesAreNoRequests() {
        let inner = upgrade + "\r\n"
        expect(
            "POST /load HTTP/1.1\r\nContent-Length: \(inner.utf8.count)\r\n\r\n" + inner + "GET / HTTP/1.1\r\n\r\n",
            then: "")
        let size = String(inner.utf8.count, radix: 16)
        expect(
            "POST /load HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\(size)\r\n\(inner)\r\n0\r\n\r\n" + inner,
            then: "input")
    }

    @Test(arguments: ["nonsense\r\n\r\n", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n\r\n"])
    func whatMakesNoSenseIsLeftToTheParser(_ text: String) {
        expect(text + upgrade + "\r\nrest", then: "")
    }
}
