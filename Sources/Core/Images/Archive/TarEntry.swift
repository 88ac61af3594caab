import Glibc
import Model

/// One member of a tar archive.
package struct TarEntry {
    enum Kind {
        case file, hardLink, symbolicLink, characterDevice, blockDevice, directory, fifo
    }

    var kind = Kind.file
    /// As the archive says it; see `ArchivePath`.
    var path: [UInt8] = []
    /// Of links: as the archive says it.
    var target: [UInt8] = []
    /// Permission bits with setuid, setgid and sticky.
    var mode: mode_t = 0
    var uid: UInt32 = 0
    var gid: UInt32 = 0
    /// Bytes of the file; 0 for everything else.
    var size: Int64 = 0
    var modified = timespec()
    var major: UInt32 = 0
    var minor: UInt32 = 0
    /// Extended attributes, each name once.
    var attributes: [(name: String, value: [UInt8])] = []
    /// Of sparse files: where the payload's bytes belong. Everything else is zero.
    var regions: [TarRegion]?

    /// For messages.
    var name: String { String(decoding: path, as: UTF8.self) }
}

/// A part of a sparse file that holds data.
struct TarRegion: Equatable {
    var offset: Int64
    var length: Int64
}

/// Paths in archives, cleaned by their text alone: no symbolic link is looked at.
enum ArchivePath {
    /// The components without empty ones, "." and ".."; a path that leaves the root throws 400. An absolute path is
    /// taken as relative to the root; the root itself has no components.
    static func components(_ path: [UInt8], of kind: String = "entry") throws -> [[UInt8]] {
        var parts: [[UInt8]] = []
        for part in path.split(separator: UInt8(ascii: "/")) {
            if part.elementsEqual(".".utf8) { continue }
            if part.elementsEqual("..".utf8) {
                guard parts.popLast() != nil else {
                    let text = String(decoding: path, as: UTF8.self)
                    throw BerthError.invalid("archive \(kind) `\(text)` leaves the root directory")
                }
                continue
            }
            parts.append(Array(part))
        }
        return parts
    }

    static func join(_ components: some Sequence<[UInt8]>) -> [UInt8] {
        Array(components.joined(separator: [UInt8(ascii: "/")]))
    }
}
