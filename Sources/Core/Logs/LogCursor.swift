/// The place of a reader in a rotated set, and what it wants. For one thread at a time.
struct LogCursor: ~Copyable {
    private let set: RotatedSet
    private let query: LogQuery
    /// Files to be read after the present one, the next one last. A follower opens them as soon as they are there, since
    /// the writer may remove them before they are read.
    private var pending: [LogFile] = []
    /// Bytes of files that a follower holds so: they take space on the disk after their removal.
    private static let mostHeld = 64 << 20
    /// So often a follower looks what files have come while it reads.
    private static let entriesBetweenLooks = 256
    private var entriesRead = 0
    private var reader: LineReader?
    /// Of a damaged line, the last first: to be given next.
    private var recovered: [LogEntry] = []
    /// Without following: the size that the newest file had at the beginning, so that reading comes to an end.
    private var end: Int?
    /// The writer has left the present file, and all that is in it has been read if its end is met once more.
    private var isDrained = false
    /// An entry was newer than `until`; nothing more will come.
    private(set) var isPastUntil = false
    /// The present file has been left by the writer, but the next is not to be had yet.
    private(set) var isBetweenFiles = false

    init(set: RotatedSet, query: LogQuery) throws {
        self.set = set
        self.query = query
        var files = try set.open()
        guard !files.isEmpty else { return }
        var offset = 0
        if let tail = query.tail {
            let place = try TailPosition.find(max(0, tail), in: files)
            files.removeSubrange((place.index + 1)...)
            offset = place.offset
        }
        if let since = query.since {
            // The writer's last touch is not earlier than the last entry.
            while files.count > 1, try files[files.count - 1].status().modified < since {
                files.removeLast()
                offset = 0
            }
        }
        if !query.follow { end = try files[0].size() }
        pending = files
        reader = LineReader(pending.removeLast(), offset: offset, end: pending.isEmpty ? end : nil)
    }

    /// The next entry that is wanted; nil where there is none at present.
    mutating func next() throws -> LogEntry? {
        isBetweenFiles = false
        while !isPastUntil {
            guard reader != nil else {
                // Nothing had been written when it was looked last.
                guard let first = try set.open().last else { return nil }
                reader = LineReader(first, offset: 0)
                continue
            }
            if let entry = try read() {
                entriesRead &+= 1
                if entriesRead % Self.entriesBetweenLooks == 0 { try keepUp() }
                if let until = query.until, entry.time > until {
                    isPastUntil = true
                } else if isWanted(entry) {
                    return entry
                }
            } else if try !advance() {
                return nil
            }
        }
        return nil
    }

    /// Opens what the writer has begun meanwhile, for a follower that is behind. To be called whenever it has
    /// been idle.
    mutating func keepUp() throws {
        guard query.follow else { return }
        while let newest = pending.first ?? reader?.file, set.hasRotated(newest) {
            if try pending.reduce(0, { $0 + (try $1.size()) }) > Self.mostHeld { return }
            guard let next = try set.successor(of: newest) else { return }
            pending.insert(next, at: 0)
        }
    }

    private func isWanted(_ entry: LogEntry) -> Bool {
        if let since = query.since, entry.time < since { return false }
        return entry.stream == .stdout ? query.stdout : query.stderr
    }

    /// The next entry of the present file.
    private mutating func read() throws -> LogEntry? {
        if let entry = recovered.popLast() { return entry }
        while let (whole, others) = try reader?.next(Self.parse) {
            recovered = others
            if let entry = whole ?? recovered.popLast() { return entry }
        }
        return nil
    }

    /// An entry, or the last first what can be had of a damaged line.
    private static func parse(_ line: UnsafeBufferPointer<UInt8>) -> (LogEntry?, [LogEntry]) {
        if let entry = JSONFileLine.parse(line) { return (entry, []) }
        return (nil, JSONFileLine.entries(inDamaged: line).reversed())
    }

    /// Goes on to the next file, where the present one is at its end. False where there is none (yet).
    private mutating func advance() throws -> Bool {
        guard let file = reader?.file else { return false }
        guard query.follow else {
            guard let next = pending.popLast() else { return false }
            reader = LineReader(next, offset: 0, end: pending.isEmpty ? end : nil)
            return true
        }
        if !isDrained {
            // What was written between the last reading and the rotation is to be read first.
            isDrained = !pending.isEmpty || set.hasRotated(file)
            return isDrained
        }
        guard let next = try pending.popLast() ?? set.successor(of: file) else {
            isBetweenFiles = true
            return false
        }
        reader = LineReader(next, offset: 0)
        isDrained = false
        return true
    }
}
