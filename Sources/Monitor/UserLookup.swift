import CLinux
import Glibc
import LaunchPlan

/// As whom a process runs.
struct Identity {
    var uid: UInt32 = 0
    var gid: UInt32 = 0
    var groups: [UInt32] = []
    var home = "/"

    /// Finds the user in the container's own `/etc/passwd` and `/etc/group` (passwd(5), group(5)), below the
    /// descriptor `root`. Errors read as Docker's do.
    init(user: String, additionalGroups: [String], root: Int32) throws(Failure) {
        let bytes = [UInt8](user.utf8)
        let colon = bytes.firstIndex(of: 0x3A)
        let name = bytes[..<(colon ?? bytes.count)]
        let group = colon.map { bytes[($0 + 1)...] } ?? []
        let passwd = try AccountFile(root: root, path: "/etc/passwd")
        let groups = try AccountFile(root: root, path: "/etc/group")
        let account = try takeUser(name, passwd)
        try takeGroups(group, account, groups)
        try add(additionalGroups, groups)
        if !self.groups.contains(gid) { self.groups.insert(gid, at: 0) }
    }

    /// Sets uid, gid and home; returns the account's name when it has one.
    private mutating func takeUser(_ wanted: ArraySlice<UInt8>, _ passwd: AccountFile) throws(Failure) -> ArraySlice<
        UInt8
    >? {
        let number = wanted.isEmpty ? 0 : decimal(wanted)
        for line in passwd.lines {
            let fields = line.split(separator: 0x3A, omittingEmptySubsequences: false)
            guard fields.count >= 4, let entryUID = decimal(fields[2]), let entryGID = decimal(fields[3]) else {
                continue
            }
            guard (!wanted.isEmpty && fields[0].elementsEqual(wanted)) || number == entryUID else { continue }
            (uid, gid) = (entryUID, entryGID)
            if fields.count > 5, !fields[5].isEmpty { home = String(decoding: fields[5], as: UTF8.self) }
            return fields[0]
        }
        guard !wanted.isEmpty else { return nil }
        let text = String(decoding: wanted, as: UTF8.self)
        guard let number else {
            guard isNumber(wanted) else {
                throw Failure(cause: EINVAL, text: "unable to find user \(text): no matching entries in passwd file")
            }
            throw Failure(cause: EINVAL, text: "uids and gids must be in range 0-2147483647")
        }
        uid = number
        return nil
    }

    private mutating func takeGroups(
        _ wanted: ArraySlice<UInt8>, _ account: ArraySlice<UInt8>?, _ file: AccountFile
    ) throws(Failure) {
        guard wanted.isEmpty else {
            gid = try find(wanted, file, "unable to find group")
            return
        }
        guard let account else { return }
        for line in file.lines {
            let fields = line.split(separator: 0x3A, omittingEmptySubsequences: false)
            guard fields.count >= 4, let number = decimal(fields[2]) else { continue }
            let members = fields[3].split(separator: 0x2C)
            if members.contains(where: { $0.elementsEqual(account) }), !groups.contains(number) {
                groups.append(number)
            }
        }
    }

    private mutating func add(_ names: [String], _ file: AccountFile) throws(Failure) {
        for name in names {
            let number = try find(ArraySlice(name.utf8), file, "Unable to find group")
            if !groups.contains(number) { groups.append(number) }
        }
        guard groups.count < Int(berth_max_groups) else { throw Failure(cause: E2BIG, text: "too many groups") }
    }

    private func find(_ wanted: ArraySlice<UInt8>, _ file: AccountFile, _ complaint: String) throws(Failure) -> UInt32 {
        let number = decimal(wanted)
        for line in file.lines {
            let fields = line.split(separator: 0x3A, omittingEmptySubsequences: false)
            guard fields.count >= 3, let entry = decimal(fields[2]) else { continue }
            if fields[0].elementsEqual(wanted) || number == entry { return entry }
        }
        if let number { return number }
        let text = String(decoding: wanted, as: UTF8.self)
        guard isNumber(wanted) else {
            throw Failure(cause: EINVAL, text: "\(complaint) \(text): no matching entries in group file")
        }
        throw Failure(cause: EINVAL, text: "uids and gids must be in range 0-2147483647")
    }
}

/// A number of 0…2^31-1 in decimal digits alone.
private func decimal(_ bytes: ArraySlice<UInt8>) -> UInt32? {
    guard isNumber(bytes), bytes.count <= 10 else { return nil }
    let value = bytes.reduce(UInt64(0)) { $0 * 10 + UInt64($1 - 0x30) }
    return value <= 0x7FFF_FFFF ? UInt32(value) : nil
}

private func isNumber(_ bytes: ArraySlice<UInt8>) -> Bool {
    !bytes.isEmpty && bytes.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
}

/// The lines of an account file in the container; none when it is not there.
private struct AccountFile {
    var lines: [ArraySlice<UInt8>] = []

    init(root: Int32, path: String) throws(Failure) {
        // A device or pipe that the container has there must not be opened: this process is in none of its cgroups.
        let name = berth_open_in_root(root, path, BERTH_OPEN_PATH, 0)
        if name < 0 && (errno == ENOENT || errno == ENOTDIR) { return }
        guard name >= 0 else { throw Failure(purpose: "open `\(path)` in the container", cause: errno) }
        defer { close(name) }
        var status = stat()
        guard fstat(name, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
        let file = open("/proc/self/fd/\(name)", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Failure(purpose: "open `\(path)` in the container", cause: errno) }
        defer { close(file) }
        guard status.st_size <= 4 << 20 else { throw Failure(purpose: "read `\(path)` in the container", cause: EFBIG) }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        let count = read(file, &bytes, bytes.count)
        guard count >= 0 else { throw Failure(purpose: "read `\(path)` in the container", cause: errno) }
        lines = bytes[..<count].split(separator: 0x0A).filter { $0.first != 0x23 }
    }
}
