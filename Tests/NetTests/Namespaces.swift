import CLinux
import Glibc
import Netlink
import Testing

/// Runs a test's body on a thread in a network namespace made for it; both end with the body.
func inNewNamespace<T: Sendable>(_ body: @escaping @Sendable () throws -> T) throws -> T {
    try onOwnThread {
        guard berth_netns_unshare() == 0 else { throw NetlinkError("create network namespace", "") }
        return try body()
    }
}

/// Gives nft(8) commands, one a line, in the calling thread's namespace; returns what it prints.
@discardableResult
func nft(_ commands: String) throws -> String {
    let pipe = try #require(popen("nft -f - 2>&1 <<'END'\n\(commands)\nEND\n", "r"))
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while case let count = fread(&buffer, 1, buffer.count, pipe), count > 0 { output += buffer[..<count] }
    let text = String(decoding: output, as: UTF8.self)
    try #require(pclose(pipe) == 0, "nft: \(text)")
    return text
}
