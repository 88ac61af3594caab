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
        let file = try AccountFile(root: root, path: "/etc/group")
        let account = try takeUser(name, passwd)
        var known: Set<UInt32> = []
        try takeGroups(group, account, file, &known)
        for name in additionalGroups {
            try add(try find(ArraySlice(name.utf8), file, "Unable to find group"), &known)
        }
        if !known.contains(gid) { groups.insert(gid, at: 0) }
    }

    /// Sets uid, gid and home; returns the account's name when it has one.
    private mutating func takeUser(_ wanted: ArraySlice<UInt8>, _ passwd: AccountFile) throws(Failure) -> ArraySlice<
        UInt8
    >? {
        let number = wanted.isEmpty ? 0 : decimal(wanted)
        let found = passwd.first { fields -> (ArraySlice<UInt8>, UInt32, UInt32, ArraySlice<UInt8>?)? in
            guard fields.count >= 4, let entryUID = decimal(fields[2]),
                (!wanted.isEmpty && fields[0].elementsEqual(wanted)) || number == entryUID,
                let entryGID = decimal(fields[3])
            else { return nil }
            return (fields[0], entryUID, entryGID, fields.count > 5 ? fields[5] : nil)
        }
        if let (name, entryUID, entryGID, directory) = found {
            (uid, gid) = (entryUID, entryGID)
            if let directory, !directory.isEmpty { home = String(decoding: directory, as: UTF8.self) }
            return name
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
        _ wanted: ArraySlice<UInt8>, _ account: ArraySlice<UInt8>?, _ file: AccountFile, _ known: inout Set<UInt32>
    ) throws(Failure) {
        guard wanted.isEmpty else {
            gid = try find(wanted, file, "unable to find group")
            return
        }
        guard let account else { return }
        var numbers: [UInt32] = []
        // Hundreds of thousands of lines are the container's to write, and the monitor's time to read: no more than what
        // can come of them is kept.
        _ = file.first { fields -> Void? in
            guard fields.count >= 4, AccountFile.list(fields[3], has: account), let number = decimal(fields[2]) else {
                return nil
            }
            numbers.append(number)
            return numbers.count > Int(berth_max_groups) ? () : nil
        }
        for number in numbers { try add(number, &known) }
    }

    private mutating func add(_ number: UInt32, _ known: inout Set<UInt32>) throws(Failure) {
        guard known.insert(number).inserted else { return }
        groups.append(number)
        guard groups.count < Int(berth_max_groups) else { throw Failure(cause: E2BIG, text: "too many groups") }
    }

    private func find(_ wanted: ArraySlice<UInt8>, _ file: AccountFile, _ complaint: String) throws(Failure) -> UInt32 {
        let number = decimal(wanted)
        let found = file.first { fields -> UInt32? in
            guard fields.count >= 3, let entry = decimal(fields[2]) else { return nil }
            return fields[0].elementsEqual(wanted) || number == entry ? entry : nil
        }
        if let found { return found }
        if let number { return number }
        let text = String(decoding: wanted, as: UTF8.self)
        guard isNumber(wanted) else {
            throw Failure(cause: EINVAL, text: "\(complaint) \(text): no matching entries in group file")
        }
        throw Failure(cause: EINVAL, text: "uids and gids must be in range 0-2147483647")
    }
}

/// A number of 0…2^31-1 in decimal digits alone.
func decimal(_ bytes: ArraySlice<UInt8>) -> UInt32? {
    guard isNumber(bytes), bytes.count <= 10 else { return nil }
    let value = bytes.reduce(UInt64(0)) { $0 * 10 + UInt64($1 - 0x30) }
    return value <= 0x7FFF_FFFF ? UInt32(value) : nil
}

private func isNumber(_ bytes: ArraySlice<UInt8>) -> Bool {
    !bytes.isEmpty && bytes.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
}
