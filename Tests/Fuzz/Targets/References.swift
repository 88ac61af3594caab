import Images

/// Names of images: one that is printed with nothing left out reads as the same.
enum References {
    static func read(_ bytes: UnsafeRawBufferPointer) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        _ = ImageReference.idPrefix(text)
        let reference = try ImageReference(parsing: text)
        let canonical = reference.canonical
        check((try? ImageReference(parsing: canonical)) == reference, "`\(canonical)` reads differently")
        // What is shown to users is shorter, and with Docker as here not always a name again.
        _ = reference.tagged.familiar
    }
}
