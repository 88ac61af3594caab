import Glibc

/// Memory for a launch's C structures: given out piece by piece, given back all at once.
final class Arena {
    private var pieces: [UnsafeMutableRawPointer] = []

    func string(_ text: String) -> UnsafePointer<CChar> {
        let copy = strdup(text)!
        pieces.append(copy)
        return UnsafePointer(copy)
    }

    /// nil for an empty string.
    func optionalString(_ text: String) -> UnsafePointer<CChar>? { text.isEmpty ? nil : string(text) }

    func array<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
        let copy = UnsafeMutablePointer<Element>.allocate(capacity: max(elements.count, 1))
        copy.initialize(from: elements, count: elements.count)
        pieces.append(copy)
        return copy
    }

    func bytes(_ count: Int) -> UnsafeMutablePointer<CChar> {
        let piece = calloc(count, 1)!
        pieces.append(piece)
        return piece.assumingMemoryBound(to: CChar.self)
    }

    deinit {
        for piece in pieces { free(piece) }
    }
}
