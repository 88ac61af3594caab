import Glibc
import Images
import Model

extension ImageService {
    public func list(_ options: ImageListOptions) async throws -> [ImageSnapshot] {
        let filters = options.filters
        try filters.validate(accepted: ["dangling", "label", "before", "since", "reference", "until"])
        let dangling = try filters.flags("dangling").last
        let before = try filters["before"].last.map { try find($0).created }
        let since = try filters["since"].last.map { try find($0).created }
        let until = try filters["until"].last.map { try PruneTime.parse($0) }
        let used = usage.images
        let shared = options.sharedSize ? try await sharedSizes() : [:]
        return table.all.filter { image in
            if let dangling, dangling != image.tags.isEmpty { return false }
            if let before, image.created >= before { return false }
            if let since, image.created <= since { return false }
            if let until, image.created >= until { return false }
            if !filters["reference"].isEmpty {
                let matches = image.tags.contains { tag in
                    filters["reference"].contains { Self.reference(tag, matches: $0) }
                }
                if !matches { return false }
            }
            return filters.matchesLabels(image.config.labels)
        }.sorted { $0.created > $1.created }.map { image in
            var shown = image
            if !filters["reference"].isEmpty {
                shown.tags = image.tags.filter { tag in
                    filters["reference"].contains { Self.reference(tag, matches: $0) }
                }
            }
            return ImageSnapshot(
                record: shown, containers: used[image.id] ?? 0, sharedSize: shared[image.id] ?? -1)
        }
    }

    /// Image ID → bytes of the layers that other images have too.
    func sharedSizes() async throws -> [String: Int64] {
        let store = store
        let ids = table.all.map(\.id)
        return try await blocking.runLong { store.sharedSizes(of: ids) }
    }

    /// Docker's `reference` patterns: "busybox", "busybox:*", "*/app:1.?".
    static func reference(_ tag: String, matches pattern: String) -> Bool {
        let name = tag.lastIndex(of: ":").map { String(tag[..<$0]) } ?? tag
        return Glob.matches(tag, pattern) || Glob.matches(name, pattern)
    }

    /// - Parameter platform: the one that it should be for, "os/architecture/variant"; nil for whichever it is.
    /// - Throws: `BerthError.notFound`, also for an image of another platform.
    public func inspect(_ ref: String, platform: String? = nil) async throws -> ImageSnapshot {
        let image = try find(ref)
        if platform != nil { _ = try image.checkPlatform(platform, reference: ref) }
        return ImageSnapshot(record: image, containers: usage.images[image.id] ?? 0)
    }

    /// As `inspect`, what an image was made by.
    public func history(_ ref: String, platform: String? = nil) async throws -> [ImageHistoryEntry] {
        let image = try find(ref)
        if platform != nil { _ = try image.checkPlatform(platform, reference: ref) }
        let store = store
        let lines = try await blocking.run { try store.history(of: image.id) }
        return lines.enumerated().map { index, line in
            ImageHistoryEntry(
                id: index == 0 ? image.id : "<missing>", created: line.created, createdBy: line.createdBy,
                tags: index == 0 ? image.tags : [], size: line.size, comment: line.comment)
        }
    }
}

/// Shell patterns with `*` (not across "/"), `?` and `[a-z]`: fnmatch(3) with FNM_PATHNAME.
enum Glob {
    static func matches(_ text: String, _ pattern: String) -> Bool {
        fnmatch(pattern, text, FNM_PATHNAME) == 0
    }
}
