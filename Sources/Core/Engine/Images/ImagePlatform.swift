import Images
import Model

extension ImageRecord {
    /// Sees that an image is for the platform that a client asks for.
    /// - Parameters:
    ///   - asked: nil or "" for the host's own.
    ///   - reference: how the client calls the image.
    /// - Returns: a warning for an image that is not the host's when nobody asked for it, in Docker's words.
    /// - Throws: `BerthError.notFound` in Docker's words when it is for another; `.invalidParameter` for no platform.
    func checkPlatform(_ asked: String?, reference: String) throws -> [String] {
        let own = Platform(os: os, architecture: architecture)
        guard let asked, !asked.isEmpty else {
            let host = HostPlatform.platform
            guard !host.runs(own) else { return [] }
            return [
                "The requested image's platform (\(own)) does not match the detected host platform (\(host)) and no "
                    + "specific platform was requested"
            ]
        }
        let wanted = try Platform(parsing: asked)
        guard wanted.runs(own) else {
            throw BerthError.notFound(
                "image with reference \(reference) was found but does not match the specified platform: wanted "
                    + "\(wanted), actual: \(own)")
        }
        return []
    }
}
