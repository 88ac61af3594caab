import CLinux
import Glibc
import Netlink

/// A directory of the test's own, gone with everything mounted in it when the test ends.
struct TestArea {
    let path: String

    init() throws {
        path = "/tmp/berth-net-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        guard mkdir(path, 0o700) == 0 else { throw NetlinkError("create directory", path) }
    }

    func remove() {
        if let listing = opendir(path) {
            while let entry = readdir(listing) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                    tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                guard name != ".", name != ".." else { continue }
                while berth_netns_unpin("\(path)/\(name)") == 0 {}
                unlink("\(path)/\(name)")
            }
            closedir(listing)
        }
        while berth_netns_unpin(path) == 0 {}
        rmdir(path)
    }
}
