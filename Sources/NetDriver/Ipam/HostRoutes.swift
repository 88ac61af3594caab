import Addresses
import Glibc

/// The IPv4 subnets that the host has routes to. proc_net(5), /proc/net/route.
enum HostRoutes {
    static func read() -> [Subnet] {
        guard let file = fopen("/proc/net/route", "re") else { return [] }
        defer { fclose(file) }
        var subnets: [Subnet] = []
        var line: UnsafeMutablePointer<CChar>?
        var size = 0
        defer { free(line) }
        while getline(&line, &size, file) > 0 {
            if let line, let subnet = parse(String(cString: line)) { subnets.append(subnet) }
        }
        return subnets
    }

    /// A line of the table: "eth0 00C8A8C0 00000000 0001 0 0 0 00FFFFFF 0 0 0". Nil for the default route, for one
    /// that is down, and for the heading.
    static func parse(_ line: String) -> Subnet? {
        let fields = line.split(whereSeparator: \.isWhitespace)
        guard fields.count >= 8, let destination = UInt32(fields[1], radix: 16),
            let flags = UInt32(fields[3], radix: 16),
            let mask = UInt32(fields[7], radix: 16), flags & 1 != 0, mask != 0
        else { return nil }
        // The kernel prints the number that the bytes in network order are on this machine.
        let address = IPAddress(.v4, UInt128(UInt32(bigEndian: destination)))
        return Subnet(containing: address, length: mask.nonzeroBitCount)
    }
}
