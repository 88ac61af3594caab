import Model
extension ImageStore {
    public func importRootFS(from fileDescriptor: CInt, options: ImportOptions) throws -> ImageLease {
        throw BerthError.notImplemented("import")
    }
    public func save(_ images: [ArchivedImage], to fileDescriptor: CInt) throws {
        throw BerthError.notImplemented("save")
    }
}
