import Glibc

/// One value to write into one control file.
package struct CgroupSetting: Sendable, Hashable {
    package var controller: String
    package var file: String
    package var value: String

    init(_ controller: String, _ file: String, _ value: some CustomStringConvertible) {
        self.controller = controller
        self.file = file
        self.value = value.description
    }
}

extension CgroupLayout {
    /// The writes that make `limits` hold, without those this host has no control file for.
    package func settings(for limits: CgroupLimits) throws -> [CgroupSetting] {
        version == .v1 ? try limits.settingsV1(features) : try limits.settingsV2(features)
    }
}

extension Cgroup {
    /// Changes limits of a cgroup that exists; what is unset in `limits` stays as it is. Throws `ConfinementError`.
    public func update(_ limits: CgroupLimits) throws {
        try apply(layout.settings(for: limits))
    }

    /// Writes the settings in order. One that the kernel finds invalid is tried again after the others: a new memory
    /// limit may only fit once the limit with swap was raised, a new period only with the new quota.
    func apply(_ settings: [CgroupSetting]) throws {
        var postponed: [CgroupSetting] = []
        for setting in settings {
            do {
                try write(setting)
            } catch let error as ConfinementError where error.errno == EINVAL {
                postponed.append(setting)
            }
        }
        for setting in postponed {
            try write(setting)
        }
    }

    private func write(_ setting: CgroupSetting) throws {
        guard let directory = directory(of: setting.controller) else { return }
        do {
            try ControlFile.write(directory + "/" + setting.file, setting.value)
        } catch let error as ConfinementError where error.errno == ENOENT && ControlFile.exists(directory) {
            // The kernel was built without this one; `warnings(for:)` has said so.
        }
    }
}
