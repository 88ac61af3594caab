import Addresses
import PluginProtocol

extension DriverClient {
    /// Leases an address from an ipam driver, which gets it back when a later step fails.
    /// - Returns: the address without a prefix.
    package func lease(
        _ request: RequestAddressRequest, ipam: String, _ undo: inout Undo
    ) async throws -> String {
        let owner = request.options[IpamOption.owner] ?? ""
        let reply = try await make(.ipam, ipam, .requestAddress, request, &undo) { reply in
            guard let reply else { return }
            _ = try? await self.call(
                .ipam, ipam, .releaseAddress,
                ReleaseAddressRequest(
                    poolID: request.poolID, address: IPPrefix.withoutLength(reply.address),
                    options: [IpamOption.owner: owner]))
        }
        return IPPrefix.withoutLength(reply.address)
    }
}
