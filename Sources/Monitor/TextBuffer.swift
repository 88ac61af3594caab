import Glibc

/// Bytes gathered for one write: kept between uses as long as they are few.
final class TextBuffer {
    private var start: UnsafeMutablePointer<UInt8>
    private var capacity = 4096
    private(set) var count = 0

    init() { start = .allocate(capacity: capacity) }

    deinit { start.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    /// Room for `more` bytes.
    @inline(__always)
    private func grow(_ more: Int) {
        if count + more > capacity { enlarge(more) }
    }

    private func enlarge(_ more: Int) {
        while count + more > capacity { capacity *= 2 }
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: start, count: count)
        start.deallocate()
        start = larger
    }

    @inline(__always)
    func append(_ byte: UInt8) {
        grow(1)
        start[count] = byte
        count += 1
    }

    @inline(__always)
    func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        grow(bytes.count)
        memcpy(start + count, source, bytes.count)
        count += bytes.count
    }

    @inline(__always)
    func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Empty again; memory that was needed for once goes back.
    func clear() {
        count = 0
        guard capacity > 64 * 1024 else { return }
        start.deallocate()
        capacity = 4096
        start = .allocate(capacity: capacity)
    }
}
