// swift-tools-version:6.2
import PackageDescription

// A driver module exports its one C entry point and keeps every other symbol to itself.
let moduleLinker: [LinkerSetting] = [
    .unsafeFlags(["-Xlinker", "-Bsymbolic"])
]

let package = Package(
    name: "berth",
    products: [
        .executable(name: "berthd", targets: ["berthd"]),
        .executable(name: "berth", targets: ["berth"]),
        .executable(name: "berth-monitor", targets: ["berth-monitor"]),
        .library(name: "DriverKit", targets: ["DriverKit"]),
        .library(name: "bridge", type: .dynamic, targets: ["BridgeDriver"]),
        .library(name: "ipam", type: .dynamic, targets: ["IpamDriver"]),
        .library(name: "bind", type: .dynamic, targets: ["BindDriver"]),
        .library(name: "local", type: .dynamic, targets: ["LocalDriver"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        // C that must be C, and the module maps of the system libraries.
        .target(name: "CLinux"),
        .target(name: "CCrash"),
        .systemLibrary(name: "CNetlink", pkgConfig: "libnl-route-3.0", providers: [.apt(["libnl-route-3-dev"])]),
        .systemLibrary(
            name: "CNftables", pkgConfig: "libnftnl libmnl", providers: [.apt(["libnftnl-dev", "libmnl-dev"])]),
        .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CCompress", linkerSettings: [.linkedLibrary("z")]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CNettle", pkgConfig: "nettle", providers: [.apt(["nettle-dev"])]),

        // What both sides of the driver protocol use.
        .target(name: "Addresses"),
        .target(name: "Support", dependencies: ["CLinux"]),

        // Core
        .target(name: "Model", path: "Sources/Core/Model"),
        .target(name: "LaunchPlan", path: "Sources/Core/LaunchPlan"),
        .target(
            name: "API",
            dependencies: ["Model"],
            path: "Sources/Core/API"),
        .target(
            name: "State",
            dependencies: ["Model", .product(name: "GRDB", package: "GRDB.swift")],
            path: "Sources/Core/State"),
        .target(
            name: "Runtime",
            dependencies: ["Addresses", "LaunchPlan", "Support", "CLinux", "CSeccomp"],
            path: "Sources/Core/Runtime"),
        .target(
            name: "Spec",
            dependencies: ["Addresses", "Model", "LaunchPlan", "Patterns", "Runtime"],
            path: "Sources/Core/Spec"),
        .target(name: "Logs", dependencies: ["CZlib"], path: "Sources/Core/Logs"),
        .target(name: "Patterns", path: "Sources/Core/Patterns"),
        .target(
            name: "Sandbox",
            dependencies: ["Addresses", "Netlink", "Support", "CLinux"],
            path: "Sources/Core/Sandbox"),
        .target(
            name: "Images",
            dependencies: ["Model", "Support", "CLinux", "CArchive", "CNettle"],
            path: "Sources/Core/Images"),
        .target(
            name: "Engine",
            dependencies: [
                "Addresses", "Model", "Spec", "State", "Runtime", "LaunchPlan", "Logs", "Patterns", "Sandbox", "Images",
                "PluginProtocol", "PluginLoader", "CLinux",
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Sources/Core/Engine"),
        .target(
            name: "Server",
            dependencies: [
                "Model", "API", "Engine", "CLinux", "CCrash", "CNettle",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Sources/Core/Server"),

        // Plugins
        .target(name: "CDriver", path: "Sources/Plugins/CDriver"),
        .target(name: "PluginProtocol", path: "Sources/Plugins/Protocol"),
        .target(name: "DriverKit", dependencies: ["PluginProtocol", "CDriver"], path: "Sources/Plugins/DriverKit"),
        .target(
            name: "PluginLoader",
            dependencies: [
                "PluginProtocol", "CDriver", "CCrash",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Sources/Plugins/Loader"),

        // Drivers
        .target(
            name: "Netlink", dependencies: ["Addresses", "Support", "CNetlink", "CLinux"], path: "Sources/Netlink"),
        .target(
            name: "NetDriverKernel",
            dependencies: ["Addresses", "Netlink", "CNftables"],
            path: "Sources/NetDriver/Kernel"),
        .target(
            name: "BridgeDriver",
            dependencies: ["Addresses", "DriverKit", "CDriver", "NetDriverKernel", "Netlink", "Support"],
            path: "Sources/NetDriver/Bridge",
            linkerSettings: moduleLinker),
        .target(
            name: "IpamDriver", dependencies: ["Addresses", "DriverKit", "Netlink"], path: "Sources/NetDriver/Ipam",
            linkerSettings: moduleLinker),
        .target(
            name: "BindDriver", dependencies: ["DriverKit"], path: "Sources/VolumeDriver/Bind",
            linkerSettings: moduleLinker),
        .target(
            name: "LocalDriver", dependencies: ["DriverKit", "Support", "CLinux"], path: "Sources/VolumeDriver/Local",
            linkerSettings: moduleLinker),

        // Executables
        .executableTarget(
            name: "berthd",
            dependencies: [
                "Engine", "Server", "Model", "PluginLoader", "CCrash",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Sources/Berthd"),
        .executableTarget(
            name: "berth",
            path: "Sources/Berth"),
        .executableTarget(
            name: "berth-monitor",
            dependencies: ["LaunchPlan", "CLinux", "CCompress"],
            path: "Sources/Monitor",
            linkerSettings: [.unsafeFlags(["-static-executable"])]),

        .target(name: "CProbe", path: "Tests/CProbe"),
        .target(name: "ChildProcess", path: "Tests/ChildProcess"),
        .testTarget(name: "AddressTests", dependencies: ["Addresses"], path: "Tests/AddressTests"),
        .testTarget(
            name: "SpecTests",
            dependencies: ["Spec", "Model", "LaunchPlan", "Runtime"],
            path: "Tests/SpecTests"),
        .testTarget(name: "LogsTests", dependencies: ["Logs", "CCompress"], path: "Tests/LogsTests"),
        .testTarget(name: "PatternsTests", dependencies: ["Patterns"], path: "Tests/PatternsTests"),
        .testTarget(
            name: "LimitsTests",
            dependencies: ["Runtime", "CProbe"],
            path: "Tests/LimitsTests"),
        .testTarget(
            name: "ImagesTests", dependencies: ["Images", "Model", "CLinux", "ChildProcess"], path: "Tests/ImagesTests"),
        .testTarget(
            name: "EngineTests",
            dependencies: [
                "Engine", "Images", "LaunchPlan", "Model", "PluginLoader", "PluginProtocol", "Spec", "State",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/EngineTests"),
        .testTarget(
            name: "LaunchTests",
            dependencies: ["LaunchPlan", "Logs", "Runtime", "CLinux"],
            path: "Tests/LaunchTests"),
        .testTarget(
            name: "NetTests",
            dependencies: ["Addresses", "Sandbox", "Netlink", "NetDriverKernel", "BridgeDriver", "CLinux"],
            path: "Tests/NetTests"),
        .testTarget(
            name: "PluginTests",
            dependencies: ["ChildProcess", "PluginLoader", "PluginProtocol"],
            path: "Tests/PluginTests"),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Model", "API", "Server",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/ServerTests"),
    ],
    swiftLanguageModes: [.v6]
)

// `make fuzz` builds a part of the package alone, with other flags and without the libraries of others.
if Context.environment["BERTH_PART"] == "fuzz" {
    package.products = []
    package.dependencies = []
    package.targets += [
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "API", "Images", "LaunchPlan", "Logs", "Model", "Patterns", "PluginLoader", "Runtime", "Spec",
            ],
            path: "Tests/Fuzz/Targets")
    ]
    for target in package.targets where target.name == "PluginLoader" {
        target.sources = ["Descriptor"]
        target.dependencies = ["PluginProtocol", "CDriver"]
    }
    // What Fuzz depends on, by however many steps.
    var names: Set = ["Fuzz"]
    var open = names
    while let name = open.popFirst() {
        for target in package.targets where target.name == name {
            for case .byNameItem(let needed, _) in target.dependencies where names.insert(needed).inserted {
                open.insert(needed)
            }
        }
    }
    package.targets.removeAll { !names.contains($0.name) }
}
