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

    /// Elements that have nothing to let go of.
    func array<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
        let piece = malloc(max(elements.count, 1) * MemoryLayout<Element>.stride)!
        pieces.append(piece)
        let copy = piece.bindMemory(to: Element.self, capacity: elements.count)
        copy.initialize(from: elements, count: elements.count)
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
