import FoundationEssentials
import PluginProtocol
import Synchronization

/// The drivers of a daemon: what `plugins.d` describes, found by kind and name. Any thread or task may use it.
///
/// A descriptor that is wrong and a driver that cannot be opened are refused: the reason is logged and listed by
/// `statuses()`, and everything else goes on without it. Nothing here waits for a driver but its own calls.
public final class PluginRegistry: Sendable {
    package typealias SocketTransportFactory =
        @Sendable (Descriptor, _ log: @escaping @Sendable (DriverLogLevel, String) -> Void) -> any Transport

    private struct Entry {
        var descriptor: Descriptor
        var transport: any Transport
    }

    /// What a driver is found by in Docker's places, where nobody says its kinds.
    private struct Asked: Hashable {
        var kind: DriverKind
        var name: String
    }

    private struct State {
        /// By name.
        var entries: [String: Entry] = [:]
        /// Found in Docker's places.
        var found: [Asked: Entry] = [:]
        var refused: [DescriptorError] = []
    }

    private let pluginsDirectory: String
    private let modulesDirectory: String
    private let crashed: CrashedDrivers?
    private let hostServices: any HostServices
    private let sharedOptions: [String: JSONValue]
    private let places: PluginPlaces
    private let socketTransport: SocketTransportFactory
    private let state = Mutex(State())

    package init(
        pluginsDirectory: String, modulesDirectory: String, crashDirectory: String? = nil,
        hostServices: any HostServices, sharedOptions: [String: JSONValue], places: PluginPlaces = .none,
        socketTransport: @escaping SocketTransportFactory
    ) {
        self.pluginsDirectory = pluginsDirectory
        self.modulesDirectory = modulesDirectory
        crashed = crashDirectory.map(CrashedDrivers.init(directory:))
        self.hostServices = hostServices
        self.sharedOptions = sharedOptions
        self.places = places
        self.socketTransport = socketTransport
        reload()
    }

    /// Reads the descriptors again: opens drivers that are new and those that were refused. A driver that runs is
    /// left as it is, also when its descriptor has changed or is gone: containers may depend on it.
    public func reload() {
        let read = DescriptorReader.read(directory: pluginsDirectory, modulesDirectory: modulesDirectory)
        state.withLock { state in
            state.refused = []
            for result in read {
                switch result {
                case .failure(let error):
                    state.refused.append(error)
                    hostServices.log(driver: "", level: .error, "descriptor refused: \(error)")
                case .success(let descriptor):
                    if let entry = state.entries[descriptor.name] {
                        guard case .refused = entry.transport.condition else { continue }
                        crashed?.forgive(descriptor.name)
                    }
                    state.entries[descriptor.name] = Entry(descriptor: descriptor, transport: open(descriptor))
                }
            }
        }
    }

    private func open(_ descriptor: Descriptor) -> any Transport {
        let (services, name) = (hostServices, descriptor.name)
        let log: @Sendable (DriverLogLevel, String) -> Void = { services.log(driver: name, level: $0, $1) }
        guard case .module(let path) = descriptor.location else { return socketTransport(descriptor, log) }
        var options = descriptor.options
        options["berth"] = .object(sharedOptions)
        return ModuleTransport(name: name, timeoutMilliseconds: descriptor.timeoutMilliseconds, log: log) {
            [options, crashed] () throws(DriverError) in
            if let refusal = crashed?.refusal(of: name, module: path) { throw DriverError(.unavailable, refusal) }
            let json = try Wire.encode(options, driver: name, method: "open")
            return try OpenedModule(descriptor, path: path, options: json, services: services)
        }
    }

    /// The driver of this name and kind, which may still be opening: its calls wait for that. One that no descriptor
    /// names is looked for in Docker's places, each time: it may have come, or have moved.
    /// - Throws: `notFound` in Docker's words; `unavailable` with the reason if it was refused.
    public func driver(kind: DriverKind, name: String) throws(DriverError) -> DriverHandle {
        let described = state.withLock { $0.entries[name] }
        let fits = described.map { $0.descriptor.kinds.contains(kind) } ?? false
        guard let entry = try fits ? described : found(Asked(kind: kind, name: name)) else {
            throw .notFound("plugin \"\(name)\" not found")
        }
        if case .refused(let reason) = entry.transport.condition {
            throw DriverError(.unavailable, "driver `\(name)`: \(reason)")
        }
        return DriverHandle(name: name, kind: kind, transport: entry.transport)
    }

    private func found(_ asked: Asked) throws(DriverError) -> Entry? {
        let location: Descriptor.Location?
        do throws(DescriptorError) {
            location = try places.find(asked.name)
        } catch {
            throw DriverError(.unavailable, "driver `\(asked.name)`: \(error)")
        }
        return state.withLock { state in
            let known = state.found[asked]
            // One that is gone may come back to where it was: its calls wait for it.
            guard let location, location != known?.descriptor.location else { return known }
            let descriptor = Descriptor(
                file: "", name: asked.name, kinds: [asked.kind], location: location, options: [:],
                timeoutMilliseconds: Descriptor.defaultTimeoutMilliseconds, nameLine: 0)
            let entry = Entry(descriptor: descriptor, transport: open(descriptor))
            state.found[asked] = entry
            return entry
        }
    }

    /// The names of the drivers of a kind that are programs beside the daemon and have been spoken to, sorted.
    public func reachedNames(of kind: DriverKind) -> [String] {
        let entries = state.withLock { Array($0.entries.values) + Array($0.found.values) }
        return entries.filter { $0.descriptor.kinds.contains(kind) && $0.transport.isReached }
            .map(\.descriptor.name).sorted()
    }

    /// The names of the drivers of a kind that are not refused, sorted.
    public func names(of kind: DriverKind) -> [String] {
        statuses().filter { status in
            if case .refused = status.condition { return false }
            return status.kinds.contains(kind)
        }.map(\.name)
    }

    /// All drivers, sorted by name, and the descriptors that were refused.
    public func statuses() -> [DriverStatus] {
        let (entries, refused) = state.withLock { (Array($0.entries.values) + Array($0.found.values), $0.refused) }
        let drivers = entries.map { entry in
            DriverStatus(
                name: entry.descriptor.name, kinds: entry.descriptor.kinds, descriptor: entry.descriptor.file,
                condition: entry.transport.condition, stuckCalls: entry.transport.stuckCalls)
        }
        return drivers.sorted { $0.name < $1.name }
            + refused.map { DriverStatus(name: "", kinds: [], descriptor: $0.file, condition: .refused("\($0)")) }
    }

    /// Closes the drivers, all at once, and returns when they are closed or their timeouts have passed. Blocking.
    public func close() {
        let transports = state.withLock { state in
            defer { (state.entries, state.found) = ([:], [:]) }
            return (Array(state.entries.values) + Array(state.found.values)).map(\.transport)
        }
        let done = Signal()
        var started = 0
        for transport in transports {
            let runs = WorkerThreads.shared.run {
                transport.close()
                done.post()
            }
            if runs { started += 1 }
        }
        for _ in 0..<started { done.wait() }
    }
}
