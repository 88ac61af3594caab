import Images

/// Names of images: one that is printed reads as the same.
enum References {
    static func read(_ bytes: UnsafeRawBufferPointer) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        _ = ImageReference.idPrefix(text)
        let reference = try ImageReference(parsing: text)
        check(
            (try? ImageReference(parsing: reference.familiar))?.familiar == reference.familiar,
            "`\(reference.familiar)` reads differently")
        _ = reference.tagged.familiar
    }
}
