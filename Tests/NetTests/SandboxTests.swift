import CLinux
import Glibc
import Netlink
import Sandbox
import Testing

@Suite(.serialized, .enabled(if: getuid() == 0, "needs root")) struct SandboxTests {
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

    @Test func closedPoolLeavesNothingMountedAlthoughSomebodyLooksAtIt() throws {
        let area = try TestArea()
        defer { area.remove() }
        let pool = try SandboxPool(directory: area.path, depth: 2)
        let forgotten = try pool.take()
        let looking = open(area.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(looking) }
        #expect(umount2(area.path, 0) != 0)  // what it is up against
        try pool.close(keeping: [])
        #expect(berth_is_mount_root(area.path) == 0)
        #expect(access(forgotten.path, F_OK) != 0)
    }

    @Test func closedPoolKeepsWhatContainersHave() throws {
        let area = try TestArea()
        defer { area.remove() }
        let pool = try SandboxPool(directory: area.path, depth: 2)
        let (kept, other) = (try pool.take(), try pool.take())
        try pool.close(keeping: [kept.path])
        #expect(kept.isPinned && !other.isPinned)
        #expect(berth_is_mount_root(area.path) == 1)
        try kept.destroy()
    }
}
