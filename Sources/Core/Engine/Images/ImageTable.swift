import Model
import Synchronization

/// All image records in memory, by ID and by tag.
final class ImageTable: Sendable {
    private struct State {
        var byID: [String: ImageRecord] = [:]
        var tags: [String: String] = [:]
    }

    private let state = Mutex(State())
    /// Held from a look at a record to the change that follows from it, so that no other change is lost between.
    let lock = AsyncLock()

    var all: [ImageRecord] { state.withLock { Array($0.byID.values) } }

    subscript(id: String) -> ImageRecord? { state.withLock { $0.byID[id] } }

    func owner(ofTag tag: String) -> String? { state.withLock { $0.tags[tag] } }

    /// Puts a record in, with its tags, and takes those tags from other images.
    /// - Returns: the other images that lost a tag.
    @discardableResult
    func put(_ image: ImageRecord) -> [ImageRecord] {
        state.withLock { state in
            var robbed: [ImageRecord] = []
            for (tag, id) in state.tags where id == image.id && !image.tags.contains(tag) { state.tags[tag] = nil }
            for tag in image.tags {
                if let other = state.tags[tag], other != image.id, var record = state.byID[other] {
                    record.tags.removeAll { $0 == tag }
                    state.byID[other] = record
                    robbed.append(record)
                }
                state.tags[tag] = image.id
            }
            state.byID[image.id] = image
            return robbed
        }
    }

    func remove(id: String) {
        state.withLock { state in
            for tag in state.byID[id]?.tags ?? [] where state.tags[tag] == id { state.tags[tag] = nil }
            state.byID[id] = nil
        }
    }

    /// The images whose ID starts with `prefix` (hexadecimal, without "sha256:").
    func matching(prefix: String) -> [ImageRecord] {
        state.withLock { state in
            state.byID.values.filter { $0.id.dropFirst("sha256:".count).hasPrefix(prefix) }
        }
    }
}
