import CLinux
import Glibc
import Netlink
import Sandbox
import Testing

@Suite(.serialized) struct SandboxTests {
    @Test func takenSandboxHasLoopbackAndIsGoneAfterDestroy() throws {
        let area = try TestArea()
        defer { area.remove() }
        let pool = try SandboxPool(directory: area.path, depth: 2)
        defer { pool.drain() }
        let sandbox = try pool.take()
        #expect(try sandbox.links().map(\.name) == ["lo"])
        #expect(try sandbox.links()[0].isUp)
        try sandbox.destroy()
        #expect(access(sandbox.path, F_OK) != 0)
        #expect(throws: NetlinkError.self) { try Sandbox.open(sandbox.path) }
    }
}
