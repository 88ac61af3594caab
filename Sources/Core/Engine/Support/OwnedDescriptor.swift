import Glibc
import Synchronization

/// A file descriptor that is closed with the last reference to it, unless somebody has taken it over.
final class OwnedDescriptor: Sendable {
    private let number: Atomic<CInt>

    init(_ number: CInt) {
        self.number = Atomic(number)
    }

    deinit { close() }

    /// The descriptor, from now on the caller's to close; nil when it was taken or closed before.
    func take() -> CInt? {
        let taken = number.exchange(-1, ordering: .acquiringAndReleasing)
        return taken < 0 ? nil : taken
    }

    func close() {
        if let number = take() { Glibc.close(number) }
    }
}
