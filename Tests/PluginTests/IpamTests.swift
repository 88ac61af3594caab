import PluginLoader
import PluginProtocol
import Testing

/// The ipam module, called as the core calls it.
@Suite struct IpamTests {
    /// The driver in a registry of its own, as after a start of the daemon.
    private func ipam(_ area: Area, options: String = "{}") async throws -> DriverHandle {
        try area.write(
            "ipam.json", #"{"name": "ipam", "kinds": ["ipam"], "module": "libipam.so", "options": \#(options)}"#)
        return try await area.registry().driver(kind: .ipam, name: "ipam")
    }

    private func pool(_ ipam: DriverHandle, _ subnet: String, range: String = "", owner: String = "net") throws
        -> String
    {
        let request = RequestPoolRequest(
            addressSpace: "LocalDefault", pool: subnet, subPool: range, options: [IpamOption.owner: owner])
        let reply = try ipam.callBlocking(.requestPool, request)
        #expect(subnet.isEmpty || reply.pool == subnet)
        return reply.poolID
    }

    private func lease(
        _ ipam: DriverHandle, _ pool: String, _ address: String = "", owner: String = "endpoint",
        isGateway: Bool = false
    ) throws -> String {
        var options = [IpamOption.owner: owner]
        if isGateway { options[IpamOption.requestType] = IpamOption.gateway }
        return try ipam.callBlocking(
            .requestAddress, RequestAddressRequest(poolID: pool, address: address, options: options)
        ).address
    }

    private func release(_ ipam: DriverHandle, _ pool: String, _ address: String, owner: String? = nil) throws {
        let request = ReleaseAddressRequest(
            poolID: pool, address: address, options: owner.map { [IpamOption.owner: $0] } ?? [:])
        _ = try ipam.callBlocking(.releaseAddress, request)
    }

    @Test func addressesComeInTurnAndNotAgainAtOnce() async throws {
        let ipam = try await ipam(Area())
        let pool = try pool(ipam, "10.1.2.0/24")
        #expect(try lease(ipam, pool, isGateway: true) == "10.1.2.1/24")
        #expect(try lease(ipam, pool) == "10.1.2.2/24")
        #expect(try lease(ipam, pool) == "10.1.2.3/24")
        try release(ipam, pool, "10.1.2.2")
        #expect(try lease(ipam, pool) == "10.1.2.4/24")
        for last in 5...254 { #expect(try lease(ipam, pool) == "10.1.2.\(last)/24") }
        #expect(try lease(ipam, pool) == "10.1.2.2/24")
        #expect(
            throws: DriverError(.system, "no available IPv4 addresses on this network's address pools: 10.1.2.0/24")
        ) {
            try lease(ipam, pool)
        }
        try release(ipam, pool, "10.1.2.77")
        #expect(try lease(ipam, pool) == "10.1.2.77/24")
    }

    @Test func smallSubnetsHaveTheHostsTheyShould() async throws {
        let ipam = try await ipam(Area())
        for (subnet, hosts) in [
            ("10.3.0.0/30", ["10.3.0.1/30", "10.3.0.2/30"]), ("10.3.1.0/31", ["10.3.1.0/31", "10.3.1.1/31"]),
            ("10.3.2.9/32", ["10.3.2.9/32"]),
        ] {
            let pool = try pool(ipam, subnet)
            for host in hosts { #expect(try lease(ipam, pool) == host) }
            #expect(throws: DriverError.self) { try lease(ipam, pool) }
        }
    }

    @Test func staticAddressIsLeasedOnce() async throws {
        let ipam = try await ipam(Area())
        let pool = try pool(ipam, "10.1.0.0/16")
        #expect(try lease(ipam, pool, "10.1.200.7") == "10.1.200.7/16")
        for taken in ["10.1.200.7", "10.1.0.0", "10.1.255.255"] {
            #expect(throws: DriverError(.forbidden, "Address already in use")) { try lease(ipam, pool, taken) }
        }
        for outside in ["10.2.0.1", "fd00::1"] {
            let text = "Invalid address \(outside): It does not belong to any of this network's subnets"
            #expect(throws: DriverError(.invalid, text)) { try lease(ipam, pool, outside) }
        }
        #expect(throws: DriverError(.invalid, "invalid address 10.1.2")) { try lease(ipam, pool, "10.1.2") }
        try release(ipam, pool, "10.1.200.7")
        try release(ipam, pool, "10.1.200.7")
        #expect(try lease(ipam, pool, "10.1.200.7") == "10.1.200.7/16")
    }

    @Test func automaticAddressesComeFromTheRange() async throws {
        let ipam = try await ipam(Area())
        let pool = try pool(ipam, "10.1.0.0/16", range: "10.1.5.128/30")
        #expect(try lease(ipam, pool, isGateway: true) == "10.1.0.1/16")
        for last in 128...131 { #expect(try lease(ipam, pool) == "10.1.5.\(last)/16") }
        #expect(throws: DriverError.self) { try lease(ipam, pool) }
        #expect(try lease(ipam, pool, "10.1.9.9") == "10.1.9.9/16")
    }

    @Test func rangeAtTheBroadcastAddressHasTheHostsBelowIt() async throws {
        let ipam = try await ipam(Area())
        let pool = try pool(ipam, "10.1.2.0/24", range: "10.1.2.254/31")
        #expect(try lease(ipam, pool) == "10.1.2.254/24")
        #expect(throws: DriverError.self) { try lease(ipam, pool) }
    }

    /// Such a range is refused, but an earlier version may have kept one.
    @Test func keptRangeWithoutHostsGivesNoAddress() async throws {
        let area = try Area()
        let pool = "LocalDefault/10.1.2.0/24"
        _ = try area.host.putState(
            driver: "ipam", bucket: "pools", key: pool,
            value: Array(#"{"subnet":"10.1.2.0/24","range":"10.1.2.255/32"}"#.utf8), owner: "net", onlyIfAbsent: false)
        let ipam = try await ipam(area)
        #expect(try lease(ipam, pool, isGateway: true) == "10.1.2.1/24")
        #expect(
            throws: DriverError(.system, "no available IPv4 addresses on this network's address pools: 10.1.2.0/24")
        ) {
            try lease(ipam, pool)
        }
    }

    @Test(arguments: [
        ("nonsense", "", "invalid subnet nonsense: invalid CIDR address: nonsense"),
        ("10.1.2.3/99", "", "invalid subnet 10.1.2.3/99: invalid CIDR address: 10.1.2.3/99"),
        ("10.1.2.0/+24", "", "invalid subnet 10.1.2.0/+24: invalid CIDR address: 10.1.2.0/+24"),
        ("10.1.2.3/24", "", "invalid subnet 10.1.2.3/24: it should be 10.1.2.0/24"),
        ("10.1.2.0/24", "10.1.3.0/25", "invalid ip-range 10.1.3.0/25: it is not in subnet 10.1.2.0/24"),
        ("10.1.2.0/24", "10.1.0.0/16", "invalid ip-range 10.1.0.0/16: it is not in subnet 10.1.2.0/24"),
        ("10.1.2.0/24", "x", "invalid ip-range x: invalid CIDR address: x"),
        ("10.1.2.0/24", "10.1.2.255/32", "invalid ip-range 10.1.2.255/32: no host can have an address of it"),
        ("10.1.2.0/24", "10.1.2.0/32", "invalid ip-range 10.1.2.0/32: no host can have an address of it"),
        ("", "10.1.2.0/24", "an ip-range needs a subnet: 10.1.2.0/24"),
    ]) func badPoolIsRefused(_ subnet: String, _ range: String, _ reason: String) async throws {
        let area = try Area()
        let ipam = try await ipam(area)
        #expect(throws: DriverError(.invalid, reason)) { try pool(ipam, subnet, range: range) }
        #expect(area.host.count == 0)
    }

    @Test func poolsDoNotOverlap() async throws {
        let ipam = try await ipam(Area())
        let first = try pool(ipam, "10.8.0.0/16")
        for other in ["10.8.0.0/16", "10.8.3.0/24", "10.0.0.0/8"] {
            #expect(throws: DriverError(.forbidden, "Pool overlaps with other one on this address space")) {
                try pool(ipam, other)
            }
        }
        _ = try pool(ipam, "10.9.0.0/16")
        _ = try ipam.callBlocking(.releasePool, ReleasePoolRequest(poolID: first))
        _ = try pool(ipam, "10.8.3.0/24")
        #expect(throws: DriverError(.notFound, "no such address pool: \(first)")) { try lease(ipam, first) }
    }

    @Test func automaticPoolsAreCutFromTheDefaults() async throws {
        let options =
            #"{"default-address-pools": [{"base": "10.200.0.0/22", "size": 24}, {"base": "10.201.0.0/16", "size": 16}]}"#
        let ipam = try await ipam(Area(), options: options)
        func automatic() throws -> String {
            try ipam.callBlocking(.requestPool, RequestPoolRequest(addressSpace: "LocalDefault")).pool
        }
        _ = try pool(ipam, "10.200.1.128/25")
        #expect(try automatic() == "10.200.0.0/24")
        #expect(try automatic() == "10.200.2.0/24")
        #expect(try automatic() == "10.200.3.0/24")
        #expect(try automatic() == "10.201.0.0/16")
        #expect(throws: DriverError(.invalid, "all predefined address pools have been fully subnetted")) {
            try automatic()
        }
    }

    @Test(arguments: [
        #"{"default-address-pools": 7}"#, #"{"default-address-pools": [{"base": "10.0.0.0/8"}]}"#,
        #"{"default-address-pools": [{"base": "10.0.0.1/8", "size": 16}]}"#,
        #"{"default-address-pools": [{"base": "10.0.0.0/16", "size": 8}]}"#, #"{"default-pools": []}"#,
    ]) func wrongOptionsRefuseTheDriver(_ options: String) async throws {
        await #expect(throws: DriverError.self) { _ = try await ipam(Area(), options: options) }
    }

    @Test func leasesOutliveTheDaemon() async throws {
        let area = try Area()
        let before = try await ipam(area)
        let pool = try pool(before, "10.1.0.0/24", range: "10.1.0.64/26")
        #expect(try lease(before, pool, isGateway: true) == "10.1.0.1/24")
        #expect(try lease(before, pool, "10.1.0.9") == "10.1.0.9/24")
        #expect(try lease(before, pool) == "10.1.0.64/24")
        let after = try await ipam(area)
        #expect(throws: DriverError(.forbidden, "Address already in use")) { try lease(after, pool, "10.1.0.9") }
        #expect(try lease(after, pool) == "10.1.0.65/24")
        #expect(throws: DriverError.self) { try self.pool(after, "10.1.0.0/16") }
        _ = try after.callBlocking(.releasePool, ReleasePoolRequest(poolID: pool))
        #expect(area.host.count == 0)
    }

    @Test func whatGoesWithItsOwnerIsFreeAgain() async throws {
        let area = try Area()
        let ipam = try await ipam(area)
        let pool = try pool(ipam, "10.1.0.0/29", owner: "net")
        for last in 1...6 { #expect(try lease(ipam, pool, owner: "e\(last)") == "10.1.0.\(last)/29") }
        area.host.removeOwner("e4")
        #expect(try lease(ipam, pool) == "10.1.0.4/29")
        area.host.removeOwner("e5")
        #expect(try lease(ipam, pool, "10.1.0.5") == "10.1.0.5/29")
        area.host.removeOwner("net")
        _ = try self.pool(ipam, "10.1.0.0/16")
    }

    @Test func addressIsGivenBackOnlyByItsOwner() async throws {
        let area = try Area()
        let before = try await ipam(area)
        let pool = try pool(before, "10.1.0.0/24")
        #expect(try lease(before, pool, "10.1.0.9", owner: "first") == "10.1.0.9/24")
        try release(before, pool, "10.1.0.9", owner: "first")
        #expect(try lease(before, pool, "10.1.0.9", owner: "second") == "10.1.0.9/24")
        // The first one's end is told once more, also to a driver that has been opened anew.
        for ipam in [before, try await ipam(area)] {
            try release(ipam, pool, "10.1.0.9", owner: "first")
            #expect(throws: DriverError(.forbidden, "Address already in use")) { try lease(ipam, pool, "10.1.0.9") }
        }
        try release(before, pool, "10.1.0.9", owner: "second")
        #expect(try lease(before, pool, "10.1.0.9", owner: "third") == "10.1.0.9/24")
        // Whoever names no owner means whatever lease there is.
        try release(before, pool, "10.1.0.9")
        #expect(try lease(before, pool, "10.1.0.9") == "10.1.0.9/24")
    }

    @Test func fullDiskLeasesNothing() async throws {
        let area = try Area()
        let ipam = try await ipam(area)
        let pool = try pool(ipam, "10.1.0.0/24")
        area.host.fill(true)
        #expect(throws: DriverError.self) { try lease(ipam, pool) }
        #expect(throws: DriverError.self) { try lease(ipam, pool, "10.1.0.9") }
        #expect(throws: DriverError.self) { try self.pool(ipam, "10.2.0.0/24") }
        area.host.fill(false)
        _ = try self.pool(ipam, "10.2.0.0/24")
        #expect(try lease(ipam, pool, "10.1.0.9") == "10.1.0.9/24")
        for _ in 0..<253 { _ = try lease(ipam, pool) }
        #expect(throws: DriverError.self) { try lease(ipam, pool) }
    }

    @Test func fiftyAtOnceGetFiftyAddresses() async throws {
        let area = try Area()
        let ipam = try await ipam(area)
        let pool = try pool(ipam, "10.1.0.0/24")
        let given = await withTaskGroup(of: [String].self) { group in
            for task in 0..<50 {
                group.addTask {
                    var mine: [String] = []
                    for round in 0..<5 {
                        let request = RequestAddressRequest(
                            poolID: pool, options: [IpamOption.owner: "endpoint \(task) \(round)"])
                        if let address = try? await ipam.call(.requestAddress, request).address { mine.append(address) }
                    }
                    return mine
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(given.count == 250)
        #expect(Set(given).count == 250)
    }

    @Test func fiftyAtOnceWantTheSameAddress() async throws {
        let ipam = try await ipam(Area())
        let pool = try pool(ipam, "10.1.0.0/24")
        let winners = await withTaskGroup(of: Bool.self) { group in
            for task in 0..<50 {
                group.addTask {
                    let request = RequestAddressRequest(
                        poolID: pool, address: "10.1.0.77", options: [IpamOption.owner: "endpoint \(task)"])
                    return (try? await ipam.call(.requestAddress, request)) != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(winners == 1)
    }

    @Test func ipv6PoolsLeaseToo() async throws {
        let ipam = try await ipam(Area())
        let reply = try ipam.callBlocking(
            .requestPool, RequestPoolRequest(addressSpace: "LocalDefault", pool: "fd00:1::/64", v6: true))
        #expect(reply.pool == "fd00:1::/64")
        #expect(try lease(ipam, reply.poolID, isGateway: true) == "fd00:1::1/64")
        #expect(try lease(ipam, reply.poolID) == "fd00:1::2/64")
        #expect(try lease(ipam, reply.poolID, "fd00:1::ffff:0") == "fd00:1::ffff:0/64")
        #expect(throws: DriverError.self) { try pool(ipam, "fd00:1::8000/113") }
    }
}
