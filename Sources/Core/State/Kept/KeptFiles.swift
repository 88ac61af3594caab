import Foundation
import Glibc
import Model

/// Where kept files are, and how one is written: whole or not at all, for root's eyes alone.
struct KeptFiles: Sendable {
    /// The data root.
    let root: String

    init(root: String) {
        self.root = root
    }

    private var records: String { root + "/records" }
    var containers: String { root + "/containers" }
    var networks: String { records + "/networks" }
    var volumes: String { records + "/volumes" }
    var images: String { records + "/images" }

    static let containerFile = "config.json"
    private static let imagePrefix = "sha256:"
    /// What is being written; no object's name begins so.
    private static let new = ".new"

    func path(of key: KeptKey) -> String {
        switch key {
        case .container(let id): "\(containers)/\(id)/\(Self.containerFile)"
        case .network(let id): "\(networks)/\(id)"
        case .volume(let name): "\(volumes)/\(name)"
        case .image(let id): "\(images)/\(id.dropFirst(Self.imagePrefix.count))"
        }
    }

    func makeDirectories() throws {
        for directory in [records, networks, volumes, images] {
            guard mkdir(directory, 0o700) == 0 || errno == EEXIST else {
                throw BerthError.system("create directory `\(directory)`: \(String(cString: strerror(errno)))")
            }
        }
    }

    // MARK: What is there

    /// A container's folder need not have a file.
    func allContainers() -> [KeptKey] { names(containers).map { .container($0) } }
    func allNetworks() -> [KeptKey] { names(networks).map { .network($0) } }
    func allVolumes() -> [KeptKey] { names(volumes).map { .volume($0) } }
    func allImages() -> [KeptKey] { names(images).map { .image(Self.imagePrefix + $0) } }

    /// - Throws: `BerthError` naming the file, when it cannot be read or understood.
    func read<Content: Kept>(_ type: Content.Type, _ key: KeptKey) throws -> Content {
        let path = path(of: key)
        guard let content = try OwnFile.read(path) else {
            errno = ENOENT
            throw OwnFile.failure("read", path)
        }
        do {
            return try JSONDecoder().decode(Form<Content>.self, from: content).value
        } catch let error as DecodingError {
            throw BerthError.system("read `\(path)`: \(Coding.cause(of: error))")
        } catch let error as NewerForm {
            throw BerthError.system("read `\(path)`: \(error)")
        }
    }

    /// Reads only which form the file is of.
    /// - Throws: `NewerForm`; what else a file that cannot be read gives.
    func checkForm<Content: Kept>(_ type: Content.Type, _ key: KeptKey) throws {
        guard let content = try OwnFile.read(path(of: key)) else { return }
        _ = try JSONDecoder().decode(FormNumber<Content>.self, from: content)
    }

    // MARK: Writing

    /// Nothing is written when the file says so already; nothing is made for a container without a folder. To be called
    /// by one thread at a time. What a crash leaves half written, the next call takes away.
    /// - Throws: `BerthError` naming the file.
    func write(_ content: Data, _ key: KeptKey) throws {
        let path = path(of: key)
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let new = "\(path[..<slash])/\(Self.new)"
        if let present = try? OwnFile.read(path), present == content {
            unlink(new)
            return
        }
        if try OwnFile.write(content, path, by: new, toDisk: false) { return }
        if case .container = key { return }
        errno = ENOENT
        throw OwnFile.failure("write", path)
    }

    /// - Throws: `BerthError` naming the file.
    func remove(_ key: KeptKey) throws {
        let path = path(of: key)
        guard unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG else {
            throw OwnFile.failure("remove", path)
        }
    }

    private func names(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
