import CLinux
import LaunchPlan

extension FlatLaunch {
    mutating func setProcess(_ process: LaunchPlan.Process) {
        var arguments: [UnsafeMutablePointer<CChar>?] = process.arguments.map { .init(mutating: arena.string($0)) }
        arguments.append(nil)
        launch.arguments = UnsafePointer(arena.array(arguments))
        var environment: [UnsafeMutablePointer<CChar>?] = process.environment.map { .init(mutating: arena.string($0)) }
        if !process.environment.contains(where: { $0.utf8.starts(with: "HOME=".utf8) }) {
            launch.home_slot = arena.bytes(Int(berth_home_size))
            environment.append(launch.home_slot)
        }
        environment.append(nil)
        launch.environment = UnsafePointer(arena.array(environment))
        let path = process.environment.last { $0.utf8.starts(with: "PATH=".utf8) }
        launch.path = path.map { UnsafePointer(arena.string(String($0.dropFirst(5)))) }
        launch.directory = arena.string(process.workingDirectory.isEmpty ? "/" : process.workingDirectory)
        launch.umask = process.umask
        let mine = berth_permitted_capabilities()
        let wanted = process.capabilities
        launch.bounding = wanted.bounding
        launch.permitted = wanted.permitted & mine
        launch.effective = wanted.effective & launch.permitted
        launch.inheritable = wanted.inheritable & mine
        launch.ambient = wanted.ambient & launch.permitted & launch.inheritable
        launch.no_new_privileges = process.noNewPrivileges
    }

    mutating func setSeccomp(_ program: [UInt8]) {
        let size = MemoryLayout<UInt64>.size  // struct sock_filter
        var whole = program
        if launch.process != nil, !program.isEmpty,
            program.count / size + Int(berth_seccomp_prefix_count) <= Int(berth_max_seccomp)
        {
            var prefix = [UInt8](repeating: 0, count: Int(berth_seccomp_prefix_count) * size)
            let secret = [launch.secret.0, launch.secret.1]
            prefix.withUnsafeMutableBytes { berth_seccomp_prefix($0.baseAddress, secret) }
            whole = prefix + program
        }
        launch.seccomp = UnsafeRawPointer(arena.array(whole))
        launch.seccomp_count = whole.count / size
    }
}
