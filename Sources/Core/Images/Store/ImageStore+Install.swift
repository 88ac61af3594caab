import CLinux
import Glibc
import Model

/// An archived layer in a file of its own, and how to read it.
struct LayerFile {
    let path: String
    /// For messages: its name in the archive.
    let name: String
}

extension ImageStore {
    /// Unpacks what is missing of an image's layers and stores its configuration. `hold` is made to hold all of it;
    /// the caller calls `sync()` before it hands the image out.
    ///
    /// `files` are the archived layers, bottom first, one for each of the configuration's diff IDs.
    func install(
        config bytes: [UInt8], files: [LayerFile], references: [ImageReference], source: String,
        progress: (LayerProgress) -> Void, hold: Hold
    ) throws -> StoredImage {
        let config = try ImageConfig(json: bytes, source: source)
        let diffIDs = config.rootfs.diffIDs
        guard config.os.isEmpty || config.os == "linux" else {
            throw BerthError.invalid("image operating system \"\(config.os)\" cannot be used on this platform")
        }
        guard diffIDs.count == files.count else {
            throw BerthError.invalid(
                "invalid manifest, layers length mismatch: expected \(diffIDs.count), got \(files.count)")
        }
        guard diffIDs.count <= Self.maxLayers else { throw BerthError.invalid("max depth exceeded") }
        let imageID = Digest.sha256(bytes)
        let chain = Digest.chainIDs(of: diffIDs)
        hold.add(chain + [imageID])
        for (index, file) in files.enumerated() {
            let layer = LayerIdentity(
                chainID: chain[index], diffID: diffIDs[index], below: Array(chain[..<index]))
            try install(layer, from: file, progress: progress)
        }
        try storeConfig(bytes, id: imageID)
        let size = try size(of: imageID)
        return StoredImage(id: imageID, references: references, config: config, size: size)
    }

    /// Stores a configuration under its digest, whole or not at all.
    func storeConfig(_ bytes: [UInt8], id: String) throws {
        let staging = try paths.makeTemporary()
        defer { try? Directory.remove(at: staging) }
        let path = "\(staging)/config"
        try FileContent.create(path, with: bytes, mode: 0o600)
        try state.withLock { state in
            let exists = access(paths.blob(id), F_OK) == 0
            try SystemCall.check(rename(path, paths.blob(id)), "rename", path)
            if !exists { state.markProvisional(id) }
        }
    }

    private struct LayerIdentity {
        let chainID: String
        let diffID: String
        /// Chain IDs below, bottom first.
        let below: [String]
    }

    private func install(
        _ layer: LayerIdentity, from file: LayerFile, progress: (LayerProgress) -> Void
    ) throws {
        func report(_ step: LayerProgress.Step, _ current: Int64 = 0, _ total: Int64 = 0) {
            progress(LayerProgress(diffID: layer.diffID, step: step, current: current, total: total))
        }
        if state.withLock({ isPresent(layer.chainID, in: &$0) }) { return report(.exists) }
        let staging = try paths.makeTemporary()
        defer { try? Directory.remove(at: staging) }
        let archive = try Descriptor.open(file.path, O_RDONLY)
        var status = stat()
        try SystemCall.check(fstat(archive.raw, &status), "stat", file.path)
        let total = Int64(status.st_size)
        var reported: Int64 = 0
        let record = try withoutActuallyEscaping(progress) { progress in
            let source = OwnedSource(archive, name: file.name) { position in
                guard position - reported >= 512 << 10 else { return }
                reported = position
                progress(
                    LayerProgress(diffID: layer.diffID, step: .unpacking, current: position, total: total))
            }
            return try unpack(layer, from: source, name: file.name, into: staging)
        }
        guard record.diffID == layer.diffID else {
            throw BerthError.invalid(
                "layer `\(file.name)`: the content's diff ID is \(record.diffID), the image says \(layer.diffID)")
        }
        try publish(record, from: staging)
        report(.complete, total, total)
    }

    private func unpack(
        _ layer: LayerIdentity, from source: any ByteSource, name: String, into staging: String
    ) throws -> LayerRecord {
        let below = state.withLock { state in layer.below.reversed().compactMap { state.layers[$0] } }
        let parents = try below.map { try Descriptor.open(paths.content($0.directory), BERTH_OPEN_PATH | O_DIRECTORY) }
        return try LayerStaging.unpack(
            source, name: name, into: staging, parents: parents, chainID: layer.chainID, parent: layer.below.last)
    }

    /// Gives a staged layer its place, unless another load was faster.
    func publish(_ record: LayerRecord, from staging: String) throws {
        try state.withLock { state in
            guard !isPresent(record.chainID, in: &state) else { return }
            var layer = record
            // A directory without a whole layer in it may stand in the way: it is left from an interrupted removal.
            layer.directory = state.directoryName(for: record.chainID)
            let target = paths.layer(layer.directory)
            try Directory.remove(at: target)
            try SystemCall.check(rename(staging, target), "rename", staging)
            state.add(layer)
            state.markProvisional(layer.chainID)
        }
    }

    /// Whether a layer is there. One that somebody has taken away from outside is forgotten, to be made anew.
    private func isPresent(_ chainID: String, in state: inout StoreState) -> Bool {
        guard let layer = state.layers[chainID] else { return false }
        if access(paths.content(layer.directory), F_OK) == 0 { return true }
        state.remove(chainID)
        return false
    }

    /// Makes what `hold` holds lasting and gives it out; what cannot be made so is taken back.
    func handOut(_ images: [StoredImage], hold: Hold) throws -> ImageLease {
        try sync()
        state.withLock { $0.confirm(hold.held) }
        return ImageLease(images: images, hold: hold)
    }

    /// Takes back what a failed load put in place, unless another load uses it by now.
    func withdraw(_ hold: Hold) {
        guard let trash = try? paths.makeTemporary() else { return }
        defer { try? Directory.remove(at: trash) }
        state.withLock { state in
            for id in state.takeProvisional(hold.held) {
                if let layer = state.layers[id] {
                    // Out of the index in any case: a start's sweep finds what cannot be moved now.
                    rename(paths.layer(layer.directory), "\(trash)/\(layer.directory)")
                    state.remove(id)
                }
                unlink(paths.blob(id))
                state.configs[id] = nil
            }
        }
    }
}
