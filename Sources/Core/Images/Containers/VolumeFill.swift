import CLinux
import Glibc
import Model

/// A volume that is to get the content of an image's directory, if it has none of its own.
///
/// The copy is made in a directory of the volume, and emptied into the volume when it is complete. So a copy that fails
/// takes only itself away, and after a crash the next attempt reads in the journal how far it came. One attempt at a time;
/// what others put into the volume meanwhile is never touched.
///
/// A container that has the volume already can do as it likes with the copy. So all of this runs where nothing else can
/// be reached: see `FillView`.
struct VolumeFill {
    let volume: Descriptor
    let journal: FillJournal
    /// The volume's path, for messages.
    let path: String
    let onStep: @Sendable (FillStep) -> Void

    func isEmpty() throws -> Bool { try Directory.isEmpty(volume.raw, path: path) }

    /// Ends what an interrupted copy has begun: moves it into place if it is complete, else takes it away.
    /// - Returns: whether the volume needs no copy any more.
    func settle() throws -> Bool {
        if let (state, copy) = try journal.read() {
            if state == .complete, let directory = try open(copy) {
                try moveIntoPlace(directory, of: copy)
                return true
            }
            try Directory.remove(copy, in: volume.raw)
            try journal.end()
        }
        return try !isEmpty()
    }

    /// Copies what is in `source`, and its own attributes, into the volume.
    func copy(_ source: Descriptor) throws {
        let name = try journal.begin()
        let copy: Descriptor
        do {
            try SystemCall.check(mkdirat(volume.raw, name, 0o700), "make directory", path)
            onStep(.begun)
            guard let made = try open(name) else { throw TreeCopy.replaced(path) }
            copy = made
            try TreeCopy(into: copy).copy(source)
            try journal.complete()
        } catch {
            // What cannot be taken away now stays in the journal for the next attempt.
            if (try? Directory.remove(name, in: volume.raw)) != nil { try? journal.end() }
            throw error
        }
        onStep(.complete)
        try moveIntoPlace(copy, of: name)
    }

    /// Moves what is in the copy into the volume, wherever a container has moved the copy meanwhile, and removes what is
    /// there by its name.
    private func moveIntoPlace(_ copy: Descriptor, of name: FileName) throws {
        let status = try copy.status(path)
        for name in try Directory.names(in: copy.raw, path: path) {
            if berth_rename_new(copy.raw, name, volume.raw, name) == 0 { continue }
            guard errno == EEXIST else { throw SystemCall.failure("rename into volume", path) }
            // A container that does not wait for the copy was faster: what is its own stays.
            try Directory.remove(name, in: copy.raw)
        }
        onStep(.moved)
        try TreeCopy.copyAttributes(from: copy.raw, status, to: volume.raw, name: path)
        try Directory.remove(name, in: volume.raw)
        try SystemCall.check(futimens(volume.raw, [status.st_atim, status.st_mtim]), "set time of", path)
        try journal.end()
    }

    /// The copy's directory; nil when a container has taken it away, or has put something else in its place.
    private func open(_ name: FileName) throws -> Descriptor? {
        let raw = openat(volume.raw, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if raw < 0, [ENOENT, ENOTDIR, ELOOP].contains(errno) { return nil }
        guard raw >= 0 else { throw SystemCall.failure("open directory", path) }
        return Descriptor(raw)
    }
}
