import LaunchPlan
import Model
import Spec
import Testing

@Suite struct MountTests {
    private func mounts(
        nonRecursive: Bool = false, from others: [String: [ContainerMount]] = [:], _ change: (inout Given) -> Void
    ) throws -> [ContainerMount] {
        let given = Given(change)
        return try MountSpecs.resolve(
            config: given.config, hostConfig: given.host, readOnlyNonRecursive: nonRecursive
        ) { name in
            guard let mounts = others[name] else { throw BerthError.notFound("No such container: \(name)") }
            return mounts
        }
    }

    private func bind(_ spec: String) throws -> ContainerMount? {
        try mounts { $0.host.binds = [spec] }.first
    }

    private func mount(_ change: (inout MountPoint) -> Void) throws -> ContainerMount? {
        var point = MountPoint()
        point.target = "/data"
        change(&point)
        return try mounts { $0.host.mounts = [point] }.first
    }

    // MARK: -v

    private static let paths = [
        ("/data", "/data"), ("/data/", "/data"), ("//data", "/data"), ("/a/../data", "/data"), ("/./data/.", "/data"),
        ("/../../data", "/data"), ("/a//b", "/a/b"), ("/with space", "/with space"), ("/é", "/é"),
        ("/a/b/c/", "/a/b/c"),
    ]

    @Test func pathsAreCleaned() throws {
        for (source, cleanSource) in Self.paths {
            for (target, cleanTarget) in Self.paths {
                let mount = try #require(try bind("\(source):\(target)"))
                #expect(mount.kind == .bind && mount.source == cleanSource && mount.destination == cleanTarget)
                #expect(mount.driver == "bind" && mount.createsSource && mount.propagation == "rprivate")
                #expect(mount.isReadWrite && mount.isRecursive && !mount.readOnlyNonRecursive)
            }
        }
    }

    @Test(arguments: ["data", "a1", "My-Volume_1.2", "00", String(repeating: "v", count: 255)])
    func namesAreVolumes(name: String) throws {
        let mount = try #require(try bind("\(name):/data"))
        #expect(mount.kind == .volume && mount.name == name && mount.source.isEmpty && mount.driver.isEmpty)
        #expect(mount.copiesUp && !mount.isAnonymous && mount.isReadWrite)
    }

    @Test func aPathAloneIsAVolumeWithoutAName() throws {
        let mount = try #require(try bind("/data/"))
        #expect(mount.kind == .volume && mount.name.isEmpty && mount.isAnonymous && mount.copiesUp)
        #expect(mount.destination == "/data")
    }

    @Test func theVolumeDriverIsThatOfVolumes() throws {
        let found = try mounts {
            $0.host.volumeDriver = "mine"
            $0.host.binds = ["vol:/a", "/b", "/c:/c"]
            $0.config.volumes = ["/d": EmptyObject()]
        }
        #expect(found.map(\.driver) == ["mine", "mine", "bind", "mine"])
    }

    private static let words: [(String, kind: String, bind: Bool, volume: Bool)] = [
        ("ro", "access", true, true), ("rw", "access", true, true), ("z", "label", true, true),
        ("Z", "label", true, true), ("cached", "consistency", true, true), ("delegated", "consistency", true, true),
        ("consistent", "consistency", true, true), ("nocopy", "copy", false, true),
        ("rprivate", "propagation", true, false), ("private", "propagation", true, false),
        ("rshared", "propagation", true, false), ("shared", "propagation", true, false),
        ("rslave", "propagation", true, false), ("slave", "propagation", true, false),
    ]

    @Test(arguments: ["/src", "volume"]) func everyPairOfModesGoesTogetherUnlessOfOneKind(source: String) throws {
        let isBind = source.hasPrefix("/")
        for first in Self.words {
            for second in Self.words {
                let mode = "\(first.0),\(second.0)"
                let spec = "\(source):/data:\(mode)"
                guard isBind ? first.bind && second.bind : first.volume && second.volume else {
                    #expect(refusal { try bind(spec) }?.hasPrefix("400 invalid ") == true, "\(spec)")
                    continue
                }
                guard first.kind != second.kind else {
                    #expect(refusal { try bind(spec) } == "400 invalid mode: \(mode)")
                    continue
                }
                let mount = try #require(try bind(spec))
                let all = [first.0, second.0]
                #expect(mount.isReadWrite != all.contains("ro") && mount.mode == mode)
                #expect(mount.copiesUp == (!isBind && !all.contains("nocopy")))
                let propagation = [first, second].first { $0.kind == "propagation" }?.0
                #expect(mount.propagation == (propagation ?? (isBind ? "rprivate" : "")))
            }
        }
    }

    @Test(arguments: [
        "", "r", "RO", "ro,", ",ro", "ro ro", "rw,ro", "ro,ro", "exec", "nosuid", "uid=0", "nocopy=1", "rbind",
    ])
    func otherModesAreRefused(mode: String) {
        let words = mode.isEmpty ? "400 invalid volume specification: '/a:/b:'" : "400 invalid mode: \(mode)"
        #expect(refusal { try bind("/a:/b:\(mode)") } == words)
    }

    @Test(arguments: ["", ":", "::", ":/a", "/a:", "/a::ro", "/a:/b:ro:z", "/a:/b:ro:"])
    func whatIsNoSpecificationIsRefused(spec: String) {
        #expect(refusal { try bind(spec) } == "400 invalid volume specification: '\(spec)'")
    }

    @Test(arguments: ["data", "./data", "~/data", "..", "C"]) func aPlaceInTheContainerIsAbsolute(target: String) {
        #expect(
            refusal { try bind("/a:\(target)") }
                == "400 invalid volume specification: '/a:\(target)': invalid mount config for type \"bind\": "
                + "invalid mount path: '\(target)' mount path must be absolute")
    }

    @Test(arguments: ["/", "//", "/.", "/..", "/a/.."]) func theRootIsNoPlace(target: String) {
        for spec in ["/a:\(target)", "vol:\(target)", target] {
            #expect(refusal { try bind(spec) }?.hasSuffix("invalid specification: destination can't be '/'") == true)
        }
    }

    @Test func namesOfVolumesAreJudged() {
        #expect(
            refusal { try bind("v:/data") }
                == "400 create v: volume name is too short, names should be at least two alphanumeric characters")
        for name in ["-v", ".v", "_v", "v v", "v/v", "vé", "./v", "v$", "v\0"] {
            #expect(refusal { try bind("\(name):/data") }?.contains("includes invalid characters for a local") == true)
            #expect(
                refusal {
                    try mount {
                        $0.type = "volume"
                        $0.source = name
                    }
                }?.contains("includes invalid characters for a local") == true)
            #expect(!VolumeName.isValid(name))
        }
        let long = String(repeating: "v", count: 256)
        #expect(refusal { try bind("\(long):/data") }?.contains("at most 255 characters") == true)
        #expect(!VolumeName.isValid(long) && VolumeName.isValid(String(long.dropLast())))
    }

    // MARK: --mount

    @Test func everyKindIsRead() throws {
        let bind = try #require(
            try mount {
                $0.type = "bind"
                $0.source = "/src/../from"
                $0.readOnly = true
            })
        #expect(bind.kind == .bind && bind.source == "/from" && !bind.isReadWrite && !bind.createsSource)
        let volume = try #require(try mount { $0.type = "volume" })
        #expect(volume.kind == .volume && volume.isAnonymous && volume.copiesUp)
        let tmpfs = try #require(try mount { $0.type = "tmpfs" })
        #expect(tmpfs.kind == .tmpfs && tmpfs.data.isEmpty && tmpfs.isReadWrite)
    }

    @Test(arguments: ["", "Bind", "volumes", "npipe", "cluster", "overlay"])
    func otherKindsAreRefused(type: String) {
        #expect(refusal { try mount { $0.type = type } } == "400 mount type unknown: \"\(type)\"")
    }

    @Test func imagesAreNotMountedYet() {
        #expect(refusal { try mount { $0.type = "image" } } == "501 a mount of type \"image\" is not implemented yet")
    }

    private struct Refusal: Sendable {
        var type: String
        var why: String
        var change: @Sendable (inout MountPoint) -> Void
        init(_ type: String, _ why: String, _ change: @escaping @Sendable (inout MountPoint) -> Void) {
            self.type = type
            self.why = why
            self.change = change
        }
    }

    private static let refusals =
        ["bind", "volume", "tmpfs"].flatMap { type in
            [
                Refusal(type, "field Target must not be empty") { $0.target = "" },
                Refusal(type, "field ImageOptions must not be specified") { $0.imageOptions = .read("{}") },
            ]
        } + [
            Refusal("bind", "field Source must not be empty") { $0.source = "" },
            Refusal("bind", "invalid mount path: 'src' mount path must be absolute") { $0.source = "src" },
            Refusal("bind", "field VolumeOptions must not be specified") { $0.volumeOptions = .read("{}") },
            Refusal("bind", "field TmpfsOptions must not be specified") { $0.tmpfsOptions = .read("{}") },
            Refusal("bind", "invalid propagation mode: up") { $0.bindOptions = .read(#"{"Propagation":"up"}"#) },
            Refusal("volume", "field BindOptions must not be specified") {
                $0.source = ""
                $0.bindOptions = .read("{}")
            },
            Refusal("volume", "field TmpfsOptions must not be specified") {
                $0.source = ""
                $0.tmpfsOptions = .read("{}")
            },
            Refusal("tmpfs", "field Source must not be specified") { $0.source = "/src" },
            Refusal("tmpfs", "field BindOptions must not be specified") {
                $0.source = ""
                $0.bindOptions = .read("{}")
            },
            Refusal("tmpfs", "field VolumeOptions must not be specified") {
                $0.source = ""
                $0.volumeOptions = .read("{}")
            },
        ]

    @Test func whatDoesNotGoTogetherIsRefused() {
        for refused in Self.refusals {
            let found = refusal {
                try mount {
                    $0.type = refused.type
                    $0.source = refused.type == "bind" ? "/src" : ""
                    refused.change(&$0)
                }
            }
            #expect(found == "400 invalid mount config for type \"\(refused.type)\": \(refused.why)")
        }
    }

    @Test(arguments: ["..", "/", "/a", "a/../..", "../a", "a/b/../../../c", "./.."])
    func aSubpathStaysInItsVolume(path: String) {
        let found = refusal {
            try mount {
                $0.type = "volume"
                $0.volumeOptions = .read("{\"Subpath\":\"\(path)\"}")
            }
        }
        #expect(
            found == "400 invalid mount config for type \"volume\": subpath must be a relative path within the volume")
    }

    @Test(arguments: ["", "a", "a/b", "a/../b", "./a", "a/./b", "a/.."]) func otherSubpathsAreTaken(path: String) throws
    {
        let found = try mount {
            $0.type = "volume"
            $0.volumeOptions = .read("{\"Subpath\":\"\(path)\"}")
        }
        #expect(found?.subpath == path)
    }

    @Test func whatReadOnlyMeansBelowAMount() throws {
        for readOnly in [false, true] {
            for isNot in [false, true] {
                for isForced in [false, true] {
                    let read: () throws -> ContainerMount? = {
                        try mount {
                            $0.type = "bind"
                            $0.source = "/src"
                            $0.readOnly = readOnly
                            $0.bindOptions = .read(
                                "{\"ReadOnlyNonRecursive\":\(isNot),\"ReadOnlyForceRecursive\":\(isForced)}")
                        }
                    }
                    let conflict: String? =
                        switch (readOnly, isNot, isForced) {
                        case (false, true, _): "!ReadOnly && ReadOnlyNonRecursive"
                        case (false, false, true): "!ReadOnly && ReadOnlyForceRecursive"
                        case (true, true, true): "ReadOnlyNonRecursive && ReadOnlyForceRecursive"
                        default: nil
                        }
                    if let conflict {
                        #expect(refusal(read) == "400 mount options conflict: \(conflict)")
                    } else {
                        #expect(try read()?.readOnlyNonRecursive == isNot)
                    }
                }
            }
        }
    }

    @Test func olderClientsMeanTheMountAlone() throws {
        let found = try mounts(nonRecursive: true) { $0.host.binds = ["/a:/a:ro", "/b:/b", "vol:/c:ro"] }
        #expect(found.map(\.readOnlyNonRecursive) == [true, false, false])
        let refused = refusal {
            try mounts(nonRecursive: true) { given in
                var point = MountPoint()
                point.type = "bind"
                point.source = "/a"
                point.target = "/a"
                point.readOnly = true
                point.bindOptions = .read(#"{"ReadOnlyForceRecursive":true}"#)
                given.host.mounts = [point]
            }
        }
        #expect(refused == "400 BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer")
    }

    // MARK: Several

    @Test func onePlaceIsGivenOnce() {
        #expect(
            refusal { try mounts { $0.host.binds = ["/a:/data", "/b:/data/"] } } == "400 Duplicate mount point: /data")
        let both = refusal {
            try mounts {
                $0.host.binds = ["/a:/data"]
                $0.host.tmpfs = ["/x/../data": ""]
            }
        }
        #expect(both == "400 Duplicate mount point: /data")
    }

    @Test func anImagesVolumeGivesWayToTheClients() throws {
        let found = try mounts {
            $0.host.binds = ["/a:/data"]
            $0.config.volumes = ["/data/": EmptyObject(), "/other": EmptyObject()]
        }
        #expect(found.map(\.destination) == ["/data", "/other"])
        #expect(found.map(\.kind) == [.bind, .volume])
        #expect(found[1].isAnonymous)
    }

    @Test func othersMountsComeFirstAndGiveWay() throws {
        var volume = ContainerMount(kind: .volume, source: "/v", destination: "/data")
        volume.name = "vol"
        volume.isAnonymous = true
        volume.copiesUp = true
        let tmpfs = ContainerMount(kind: .tmpfs, source: "", destination: "/tmp")
        let bind = ContainerMount(kind: .bind, source: "/b", destination: "/b")
        let others = ["one": [volume, tmpfs, bind]]
        let taken = try mounts(from: others) { $0.host.volumesFrom = ["one"] }
        #expect(taken.map(\.destination) == ["/data", "/b"])
        #expect(taken.allSatisfy { !$0.isAnonymous && !$0.copiesUp && $0.isReadWrite })
        let readOnly = try mounts(from: others) { $0.host.volumesFrom = ["one:ro"] }
        #expect(readOnly.allSatisfy { !$0.isReadWrite })
        let over = try mounts(from: others) {
            $0.host.volumesFrom = ["one"]
            $0.host.binds = ["/mine:/data"]
        }
        #expect(over.map(\.source) == ["/b", "/mine"])
        for mode in ["", "rw", "z", "Z", "ro,z", "Z,rw", "cached", "ro,consistent,z"] {
            let found = try mounts(from: others) { $0.host.volumesFrom = ["one:\(mode)"] }
            #expect(found.count == 2)
            #expect(found.allSatisfy { $0.isReadWrite != mode.contains("ro") })
        }
        for mode in ["rx", "ro,rw", "z,Z", "nocopy", "rshared", "ro,slave", "private", "ro,", "ro:z"] {
            #expect(
                refusal { try mounts(from: others) { $0.host.volumesFrom = ["one:\(mode)"] } }
                    == "400 invalid mode: \(mode)")
        }
        for (entry, words) in [
            ("", "400 volumes-from specification cannot be an empty string"), ("two", "404 No such container: two"),
            ("two:ro", "404 No such container: two"), (":ro", "404 No such container: "),
        ] {
            #expect(refusal { try mounts(from: others) { $0.host.volumesFrom = [entry] } } == words)
        }
    }

    @Test(arguments: [
        "/proc", "/proc/", "/proc/1", "/proc/sys", "/proc/self/attr", "/proc/kcore", "/x/../proc/1", "/proc/sys/kernel",
    ]) func theKernelsFilesAreNotHidden(path: String) {
        let clean = MountSpecs.cleaned(path)
        let why = clean == "/proc" ? "because it is not of type proc" : "because it is inside /proc"
        for change: (inout Given) -> Void in [
            { $0.host.binds = ["/etc:\(path)"] }, { $0.host.binds = ["vol:\(path)"] }, { $0.host.tmpfs = [path: ""] },
            { $0.config.volumes = [path: EmptyObject()] },
        ] {
            #expect(refusal { try mounts(change) }?.hasSuffix("\"\(clean)\" cannot be mounted \(why)") == true)
        }
    }

    @Test(arguments: [
        "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/uptime", "/proc/net/dev", "/procs", "/process/a",
    ])
    func someFilesMayBeEmulated(path: String) throws {
        #expect(try bind("/etc:\(path)")?.destination == path)
    }

    @Test func whatOnlyAnImageAsksForIsNotBelowSys() throws {
        for (path, isRefused) in [
            ("/sys", true), ("/sys/fs", true), ("/sys/kernel/debug", true), ("/sys/fs/cgroup", false),
            ("/sys/fs/cgroup/x", false), ("/sys/fs/cgroups", true), ("/system", false),
        ] {
            let found = refusal { try mounts { $0.config.volumes = [path: EmptyObject()] } }
            #expect((found != nil) == isRefused)
            #expect(refusal { try bind("/etc:\(path)") } == nil)
        }
    }

    @Test func propagationIsReadOnce() throws {
        for (word, propagation) in [
            ("rshared", LaunchPlan.Propagation.shared), ("shared", .shared), ("rslave", .slave), ("slave", .slave),
            ("rprivate", .private), ("private", .private),
        ] {
            let form = try MountForm(try #require(try bind("/a:/data:\(word)")))
            #expect(form.propagation == propagation && form.tmpfs == nil)
        }
    }
}
