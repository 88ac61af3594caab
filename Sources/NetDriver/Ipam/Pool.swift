import Addresses
import DriverKit
import Synchronization

/// One subnet and its leases.
///
/// Who has an address is decided by the store: a lease is a row that can be written only once. The set in memory only
/// tells where to try first; it may be behind the store, never ahead of what is right. The row's value is its owner.
final class Pool: Sendable {
    private struct State {
        var taken = OffsetSet()
        /// Where the search for the next address begins: behind the last one given, so that an address is not used
        /// again at once.
        var next: UInt128 = 0

        func firstFree(in offsets: ClosedRange<UInt128>, avoiding held: Set<UInt128>) -> UInt128? {
            var start = offsets.lowerBound
            while let found = taken.firstAbsent(in: start...offsets.upperBound) {
                guard held.contains(found) else { return found }
                guard found < offsets.upperBound else { return nil }
                start = found + 1
            }
            return nil
        }
    }

    let id: String
    let subnet: Subnet
    /// The part of the subnet that automatic addresses come from.
    let range: Subnet
    private let host: Host
    private let state = Mutex(State())
    /// Held while an address is given back: nothing may change between the look at its owner and the removal.
    private let releasing = Mutex(())

    init(id: String, subnet: Subnet, range: Subnet, host: Host) {
        self.id = id
        self.subnet = subnet
        self.range = range
        self.host = host
    }

    /// Where the leases are in the store.
    var bucket: String { "leases of \(id)" }

    /// The offsets in the subnet that automatic addresses come from; nil when no host may have one of the range.
    private var candidates: ClosedRange<UInt128>? {
        let start = range.base.value - subnet.base.value
        let hosts = subnet.hostOffsets
        let (first, last) = (max(start, hosts.lowerBound), min(start + range.lastOffset, hosts.upperBound))
        return first <= last ? first...last : nil
    }

    /// Whether there is an address that a host could have automatically.
    var hasCandidates: Bool { candidates != nil }

    /// Learns from the store which addresses are taken.
    func load() throws(DriverError) {
        let rows = try host.list(bucket: bucket)
        state.withLock { state in
            state.taken = OffsetSet()
            for row in rows {
                guard let address = IPAddress(row.key), subnet.contains(address) else { continue }
                let offset = address.value - subnet.base.value
                state.taken.insert(offset)
                if candidates?.contains(offset) == true { state.next = max(state.next, offset + 1) }
            }
        }
    }

    /// Leases an address that the user chose.
    /// - Throws: `DriverError` in Docker's words: 400 if it is not in the subnet, 403 if it is taken.
    func lease(_ address: IPAddress, owner: String) throws(DriverError) {
        guard subnet.contains(address) else {
            throw .invalid("Invalid address \(address): It does not belong to any of this network's subnets")
        }
        let offset = address.value - subnet.base.value
        guard subnet.hostOffsets ~= offset,
            try write(address, owner: owner)
        else { throw .forbidden("Address already in use") }
        state.withLock { $0.taken.insert(offset) }
    }

    /// Leases the subnet's first address that is free, as for a gateway.
    func leaseFirst(owner: String) throws(DriverError) -> IPAddress {
        if let address = try leaseNext(in: subnet.hostOffsets, owner: owner, movesOn: false) { return address }
        throw exhausted
    }

    /// Leases any address of the range, the next one behind the one given last.
    /// - Parameter held: Addresses that are not given, though nobody has them.
    /// - Throws: `DriverError` in Docker's words if there is none.
    func leaseNext(owner: String, avoiding held: Set<IPAddress> = []) throws(DriverError) -> IPAddress {
        guard let candidates else { throw exhausted }
        let offsets = Set(held.filter(subnet.contains).map { $0.value - subnet.base.value })
        if let address = try leaseNext(in: candidates, owner: owner, avoiding: offsets, movesOn: true) {
            return address
        }
        // The core may have removed leases together with their owners.
        try load()
        if let address = try leaseNext(in: candidates, owner: owner, avoiding: offsets, movesOn: true) {
            return address
        }
        throw exhausted
    }

    /// Gives an address back. It is no error if it is free, or another one's by now.
    /// - Parameter owner: who had leased it; empty for whoever has.
    func release(_ address: IPAddress, owner: String) throws(DriverError) {
        guard subnet.contains(address) else { return }
        try releasing.withLock { _ throws(DriverError) in
            let holder = try host.get(bucket: bucket, key: address.description) ?? []
            guard owner.isEmpty || holder.isEmpty || holder == Array(owner.utf8) else { return }
            try host.remove(bucket: bucket, key: address.description)
            state.withLock { $0.taken.remove(address.value - subnet.base.value) }
        }
    }

    /// Removes all leases from the store.
    func clear() throws(DriverError) {
        for row in try host.list(bucket: bucket) { try host.remove(bucket: bucket, key: row.key) }
    }

    /// Writes a lease down, if nobody has it.
    private func write(_ address: IPAddress, owner: String) throws(DriverError) -> Bool {
        try host.putIfAbsent(bucket: bucket, key: address.description, value: Array(owner.utf8), owner: owner)
    }

    private func leaseNext(
        in offsets: ClosedRange<UInt128>, owner: String, avoiding held: Set<UInt128> = [], movesOn: Bool
    ) throws(DriverError) -> IPAddress? {
        while let offset = take(in: offsets, avoiding: held, movesOn: movesOn) {
            let address = IPAddress(subnet.family, subnet.base.value + offset)
            do {
                if try write(address, owner: owner) { return address }
            } catch {
                state.withLock { $0.taken.remove(offset) }
                throw error
            }
        }
        return nil
    }

    private func take(in offsets: ClosedRange<UInt128>, avoiding held: Set<UInt128>, movesOn: Bool) -> UInt128? {
        state.withLock { state in
            var found: UInt128?
            if movesOn, offsets ~= state.next {
                found = state.firstFree(in: state.next...offsets.upperBound, avoiding: held)
            }
            guard let offset = found ?? state.firstFree(in: offsets, avoiding: held) else { return nil }
            state.taken.insert(offset)
            if movesOn { state.next = offset + 1 }
            return offset
        }
    }

    private var exhausted: DriverError { .system("\(IpamOption.exhausted): \(subnet)") }
}
