import Model
extension ImageStore {
    public func importRootFS(from fileDescriptor: CInt, options: ImportOptions) throws -> ImageLease {
        throw BerthError.notImplemented("import")
    }
    public func save(_ images: [ArchivedImage], to fileDescriptor: CInt) throws {
        throw BerthError.notImplemented("save")
    }
    public func copyUp(
        layers: LayerStack, upper: String?, path: String, to destination: String
    ) throws -> Bool { throw BerthError.notImplemented("copy-up") }
}
