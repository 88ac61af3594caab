import API

/// Bodies of requests, and what stands in their addresses; the first byte says which.
enum RequestBodies {
    static func read(_ bytes: UnsafeRawBufferPointer) throws {
        guard let kind = bytes.first else { return }
        let rest = UnsafeRawBufferPointer(rebasing: bytes[1...])
        switch kind % 8 {
        case 0: _ = try JSONBody.decode(CreateContainerBody.self, from: rest)
        case 1: _ = try JSONBody.decode(UpdateContainerBody.self, from: rest)
        case 2: _ = try JSONBody.decode(CreateNetworkBody.self, from: rest)
        case 3: _ = try JSONBody.decode(ConnectNetworkBody.self, from: rest)
        case 4: _ = try JSONBody.decode(DisconnectNetworkBody.self, from: rest)
        case 5: _ = try JSONBody.decode(CreateVolumeBody.self, from: rest)
        case 6: _ = try JSONBody.decode(StartExecBody.self, from: rest)
        default: _ = Query(String(decoding: rest, as: UTF8.self)[...])
        }
    }
}
