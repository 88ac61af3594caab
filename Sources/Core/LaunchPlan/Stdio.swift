extension LaunchPlan {
    /// What the process has as descriptors 0, 1 and 2.
    public struct Stdio: Sendable, Equatable {
        /// One terminal for all three (a pty of the container's own), else a pipe each.
        public var terminal: Bool
        /// The terminal's first size; 0 leaves it at the kernel's.
        public var rows: UInt16
        public var columns: UInt16
        /// Descriptor 0 can be written to by clients; else it is `/dev/null`.
        public var openStdin: Bool
        /// Descriptor 0 is closed when the first client that was attached to it goes away.
        public var stdinOnce: Bool

        public init(
            terminal: Bool = false, rows: UInt16 = 0, columns: UInt16 = 0, openStdin: Bool = false,
            stdinOnce: Bool = false
        ) {
            self.terminal = terminal
            self.rows = rows
            self.columns = columns
            self.openStdin = openStdin
            self.stdinOnce = stdinOnce
        }
    }

    /// The log in Docker's json-file format.
    public struct Log: Sendable, Equatable {
        /// The file to be appended to; empty for no log.
        public var path: String
        /// Bytes after which the file is rotated; 0 for never.
        public var maxSize: UInt64
        /// Files kept, the one written to among them; at least 1.
        public var maxFiles: UInt32
        /// Rotated files are compressed: `x.1.gz` and so on.
        public var compress: Bool
        /// What each line carries as `attrs`: a JSON object without line feeds; empty for none.
        public var attributes: String
        /// Bytes of lines that may wait for the file, while the process goes on; what is more is left out. 0: the process
        /// waits, and nothing is.
        public var bufferSize: UInt64

        public init(
            path: String = "", maxSize: UInt64 = 0, maxFiles: UInt32 = 1, compress: Bool = false,
            attributes: String = "", bufferSize: UInt64 = 0
        ) {
            self.path = path
            self.maxSize = maxSize
            self.maxFiles = maxFiles
            self.compress = compress
            self.attributes = attributes
            self.bufferSize = bufferSize
        }
    }
}
