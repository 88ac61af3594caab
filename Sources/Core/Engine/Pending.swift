import Model

// Signatures only while the bodies are written; each moves to a file of its own.
extension Engine {
    public func createContainer(_ spec: ContainerSpec) async throws -> CreatedContainer { throw BerthError.notImplemented("") }
    public func startContainer(_ ref: String) async throws { throw BerthError.notImplemented("") }
    public func stopContainer(_ ref: String, timeout: Int?, signal: String?) async throws { throw BerthError.notImplemented("") }
    public func killContainer(_ ref: String, signal: String) async throws { throw BerthError.notImplemented("") }
    public func restartContainer(_ ref: String, timeout: Int?, signal: String?) async throws { throw BerthError.notImplemented("") }
    public func pauseContainer(_ ref: String) async throws { throw BerthError.notImplemented("") }
    public func unpauseContainer(_ ref: String) async throws { throw BerthError.notImplemented("") }
    public func renameContainer(_ ref: String, to name: String) async throws { throw BerthError.notImplemented("") }
    public func removeContainer(_ ref: String, force: Bool, removeVolumes: Bool, removeLink: Bool) async throws { throw BerthError.notImplemented("") }
    public func waitContainer(_ ref: String, condition: WaitCondition) async throws -> ContainerWait { throw BerthError.notImplemented("") }
    public func containers(all: Bool, limit: Int, size: Bool, filters: Filters) async throws -> [ContainerSnapshot] { throw BerthError.notImplemented("") }
    public func inspectContainer(_ ref: String, size: Bool) async throws -> ContainerSnapshot { throw BerthError.notImplemented("") }
    public func logs(_ ref: String, options: LogOptions) async throws -> LogStream { throw BerthError.notImplemented("") }
    public func attach(_ ref: String, options: AttachOptions) async throws -> AttachSession { throw BerthError.notImplemented("") }
    public func resizeContainer(_ ref: String, rows: Int, columns: Int) async throws { throw BerthError.notImplemented("") }
    public func top(_ ref: String, psArguments: String) async throws -> ProcessTable { throw BerthError.notImplemented("") }
    public func pruneContainers(filters: Filters) async throws -> PruneResult { throw BerthError.notImplemented("") }
    public func createExec(_ ref: String, config: ExecConfig) async throws -> String { throw BerthError.notImplemented("") }
    public func startExec(_ id: String, detach: Bool, tty: Bool, consoleSize: [Int]?) async throws -> AttachSession? { throw BerthError.notImplemented("") }
    public func inspectExec(_ id: String) async throws -> ExecSnapshot { throw BerthError.notImplemented("") }
    public func resizeExec(_ id: String, rows: Int, columns: Int) async throws { throw BerthError.notImplemented("") }
    public func loadImages(fileDescriptor: CInt, progress: @escaping @Sendable (String) -> Void) async throws { throw BerthError.notImplemented("") }
    public func importImage(fileDescriptor: CInt, repository: String, tag: String, message: String, changes: [String], platform: String) async throws -> String { throw BerthError.notImplemented("") }
    public func images(_ options: ImageListOptions) async throws -> [ImageSnapshot] { throw BerthError.notImplemented("") }
    public func inspectImage(_ ref: String) async throws -> ImageSnapshot { throw BerthError.notImplemented("") }
    public func imageHistory(_ ref: String) async throws -> [ImageHistoryEntry] { throw BerthError.notImplemented("") }
    public func tagImage(_ ref: String, repository: String, tag: String) async throws { throw BerthError.notImplemented("") }
    public func removeImage(_ ref: String, force: Bool, noPrune: Bool) async throws -> [ImageRemoval] { throw BerthError.notImplemented("") }
    public func pruneImages(filters: Filters) async throws -> PruneResult { throw BerthError.notImplemented("") }
    public func createNetwork(_ spec: NetworkSpec, checkDuplicate: Bool) async throws -> (id: String, warning: String) { throw BerthError.notImplemented("") }
    public func networks(filters: Filters) async throws -> [NetworkSnapshot] { throw BerthError.notImplemented("") }
    public func inspectNetwork(_ ref: String) async throws -> NetworkSnapshot { throw BerthError.notImplemented("") }
    public func connect(network: String, container: String, settings: EndpointSettings?) async throws { throw BerthError.notImplemented("") }
    public func disconnect(network: String, container: String, force: Bool) async throws { throw BerthError.notImplemented("") }
    public func removeNetwork(_ ref: String) async throws { throw BerthError.notImplemented("") }
    public func pruneNetworks(filters: Filters) async throws -> PruneResult { throw BerthError.notImplemented("") }
    public func createVolume(name: String, driver: String, options: [String: String], labels: [String: String]) async throws -> VolumeRecord { throw BerthError.notImplemented("") }
    public func volumes(filters: Filters) async throws -> (volumes: [VolumeRecord], warnings: [String]) { throw BerthError.notImplemented("") }
    public func inspectVolume(_ name: String) async throws -> VolumeRecord { throw BerthError.notImplemented("") }
    public func removeVolume(_ name: String, force: Bool) async throws { throw BerthError.notImplemented("") }
    public func pruneVolumes(filters: Filters) async throws -> PruneResult { throw BerthError.notImplemented("") }
    public func events(since: Int64?, until: Int64?, filters: Filters) async throws -> AsyncStream<Event> { throw BerthError.notImplemented("") }
    public func info() async throws -> SystemInfo { throw BerthError.notImplemented("") }
    public func diskUsage() async throws -> DiskUsage { throw BerthError.notImplemented("") }
}
