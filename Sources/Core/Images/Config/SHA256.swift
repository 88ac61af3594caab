import CNettle

/// SHA-256 (FIPS 180-4) of bytes that come in pieces. A copy goes on by itself.
struct SHA256 {
    private var context = sha256_ctx()

    init() {
        nettle_sha256_init(&context)
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        nettle_sha256_update(&context, bytes.count, bytes.assumingMemoryBound(to: UInt8.self).baseAddress)
    }

    /// The 32 bytes of the digest of what has come so far, more of which may come yet.
    var digest: [UInt8] {
        var ended = context
        return [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_SIZE)) { space, count in
            nettle_sha256_digest(&ended, space.count, space.baseAddress)
            count = space.count
        }
    }
}
