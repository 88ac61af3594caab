import LaunchPlan
import Model
import Spec
import Testing

@Suite struct TmpfsTests {
    private typealias Flag = LaunchPlan.MountFlag

    /// What of the flags each option leaves, when it comes first and when it comes last.
    private static let flags: [(set: String, clear: String, flag: UInt64)] = [
        ("ro", "rw", Flag.readOnly), ("nosuid", "suid", Flag.noSuid), ("nodev", "dev", Flag.noDevices),
        ("noexec", "exec", Flag.noExec), ("sync", "async", Flag.synchronous), ("mand", "nomand", Flag.mandatoryLocks),
        ("noatime", "atime", Flag.noAccessTime), ("nodiratime", "diratime", Flag.noDirectoryAccessTime),
        ("relatime", "norelatime", Flag.relativeAccessTime), ("strictatime", "nostrictatime", Flag.strictAccessTime),
    ]

    @Test func ofTwoFlagsTheLastHolds() throws {
        for one in Self.flags {
            for other in Self.flags {
                let both = try TmpfsOptions(parsing: "\(one.set),\(other.clear)").flags
                #expect((both & one.flag != 0) == (one.set != other.set))
                #expect(both & other.flag == 0)
                let last = try TmpfsOptions(parsing: "\(other.set),\(one.clear),\(one.set)").flags
                #expect(last & one.flag != 0 && last & other.flag != 0)
                let cleared = try TmpfsOptions(parsing: "\(one.set),\(other.set),\(one.clear)").flags
                #expect(cleared & one.flag == 0)
                #expect((cleared & other.flag != 0) == (one.set != other.set))
            }
        }
    }

    @Test func nothingSaidIsTheStandard() throws {
        for text in ["", "defaults", "defaults,,defaults"] {
            let options = try TmpfsOptions(parsing: text)
            #expect(options == TmpfsOptions())
            #expect(options.flags == Flag.noSuid | Flag.noExec | Flag.noDevices && options.data.isEmpty)
            #expect(!options.isReadOnly && options.propagation == .unchanged)
        }
    }

    @Test func propagationIsRead() throws {
        for (word, propagation) in [
            ("private", LaunchPlan.Propagation.private), ("shared", .shared), ("slave", .slave),
            ("unbindable", .unbindable),
        ] {
            #expect(try TmpfsOptions(parsing: word).propagation == propagation)
            #expect(try TmpfsOptions(parsing: "r" + word).propagation == propagation)
        }
    }

    private static let good = [
        "size=0", "size=1", "size=1k", "size=64M", "size=1G", "size=2t", "size=1P", "size=1e", "size=0x1000",
        "size=50%",
        "size=0%", "nr_inodes=0", "nr_inodes=10k", "nr_blocks=1", "mode=0", "mode=755", "mode=1777", "mode=7777",
        "uid=0", "uid=4294967295", "gid=1000", "mpol=interleave", "mpol=bind:0",
    ]

    @Test(arguments: good) func valuesAreHandedOn(option: String) throws {
        #expect(try TmpfsOptions(parsing: option).data == option)
        #expect(try TmpfsOptions(parsing: "ro,\(option),exec").data == option)
        #expect(try MountForm(Self.mount(option)).tmpfs?.data == option)
    }

    @Test(arguments: [
        "size", "size=", "size=x", "size=-1", "size=1.5", "size=1kk", "size=-1%", "size=%", "size=1 ", "nr_inodes=",
        "nr_inodes=5%", "mode=8", "mode=10000", "mode=0o7", "mode=", "uid=-1", "uid=root", "uid=4294967296", "gid=",
        "mpol=", "huge=always", "remount", "bind", "rbind", "RO", "noswap", "ro=1", "=", "x", " ro",
    ]) func otherOptionsAreRefused(option: String) {
        let words = "400 invalid tmpfs option [\"\(option)\"]"
        #expect(refusal { try TmpfsOptions(parsing: option) } == words)
        #expect(refusal { try TmpfsOptions(parsing: "ro,\(option)") } == words)
        #expect(refusal { try MountForm(Self.mount(option)) } == words)
    }

    @Test func ofValuesForOneThingTheLastHolds() throws {
        #expect(try TmpfsOptions(parsing: "size=1m,mode=755,size=2m").data == "size=2m,mode=755")
    }

    private static func mount(_ data: String) -> ContainerMount {
        var mount = ContainerMount(kind: .tmpfs, source: "", destination: "/tmp")
        mount.data = data
        return mount
    }
}
