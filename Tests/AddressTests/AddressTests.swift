import Addresses
import Testing

@Suite struct AddressTests {
    @Test(arguments: [
        "0.0.0.0", "10.0.0.1", "172.17.0.2", "255.255.255.255", "::", "::1", "fd00::2", "fe80::42:acff:fe11:2",
        "2001:db8:0:1::", "::ffff:10.0.0.1",
    ])
    func addressSurvivesItsText(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect("\(address)" == text)
        #expect(IPAddress(bytes: address.bytes) == address)
        #expect(address.bytes.count == address.family.bits / 8)
        #expect(IPAddress(v4: text) == (address.isIPv4 ? address : nil))
    }

    @Test(arguments: [
        "", " ", "10.0.0", "10.0.0.256", "10.0.0.1 ", "10.0.0.01x", "1.2.3.4.5", "0x7f.1", "fe80::1%eth0", "::1::",
        "12345::",
        "10.0.0.1/8", "localhost", "１.1.1.1",
    ])
    func whatIsNoAddressIsRefused(text: String) { #expect(IPAddress(text) == nil) }

    @Test func numberOfAnAddressIsInTheHostsOrder() {
        #expect(IPAddress("1.2.3.4")?.value == 0x0102_0304)
        #expect(IPAddress("::1:0")?.value == 0x1_0000)
        #expect(IPAddress(.v4, 0x1_0A00_0001) == IPAddress("10.0.0.1"))
        #expect(IPAddress(bytes: [1, 2, 3]) == nil && IPAddress(bytes: []) == nil)
    }

    @Test func kindsOfAddressesAreToldApart() throws {
        func all(_ texts: [String], _ is: (IPAddress) -> Bool) -> Bool {
            texts.allSatisfy { IPAddress($0).map(`is`) == true }
        }
        #expect(all(["127.0.0.1", "127.255.255.255", "::1"], \.isLoopback))
        #expect(!all(["128.0.0.1"], \.isLoopback) && !all(["::2"], \.isLoopback))
        #expect(all(["169.254.0.0", "169.254.255.255", "fe80::1", "febf::1"], \.isLinkLocal))
        #expect(!all(["169.253.0.1"], \.isLinkLocal) && !all(["fec0::1"], \.isLinkLocal))
        #expect(all(["224.0.0.1", "239.1.1.1", "ff02::1"], \.isMulticast))
        #expect(!all(["240.0.0.1"], \.isMulticast) && !all(["fe80::1"], \.isMulticast))
        #expect(all(["0.0.0.0", "::"], \.isUnspecified))
    }

    @Test func addressesAreOrderedByNumberWithinTheirFamily() throws {
        let sorted = ["9.0.0.1", "10.0.0.2", "10.0.0.10", "::1", "fd00::"]
        #expect(sorted.reversed().compactMap { IPAddress($0) }.sorted().map(\.description) == sorted)
    }

    @Test(arguments: [
        ("172.17.0.2/16", "172.17.0.0/16", "172.17.255.255"), ("10.1.2.3/32", "10.1.2.3/32", "10.1.2.3"),
        ("10.1.2.3/0", "0.0.0.0/0", "255.255.255.255"), ("10.1.2.3/31", "10.1.2.2/31", "10.1.2.3"),
        ("fd00::1:2/64", "fd00::/64", "fd00::ffff:ffff:ffff:ffff"),
        ("::5/0", "::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), ("fd00::9/127", "fd00::8/127", "fd00::9"),
    ])
    func prefixKnowsItsSubnet(text: String, network: String, last: String) throws {
        let prefix = try #require(IPPrefix(text))
        #expect("\(prefix)" == text)
        #expect("\(prefix.network)" == network && "\(prefix.subnet)" == network)
        #expect("\(prefix.lastAddress)" == last)
        #expect(prefix.contains(prefix.address) && prefix.contains(prefix.lastAddress))
        #expect(Subnet(text) == Subnet(network))
    }

    @Test(arguments: [
        "", "/", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0.0/ 8",
        "10.0.0.0/0008", "fd00::/129", "/8", "10.0.0/8", "10.0.0.0/8x",
    ])
    func whatIsNoPrefixIsRefused(text: String) {
        #expect(IPPrefix(text) == nil)
        #expect(Subnet(text) == nil)
    }

    @Test func subnetsContainAndOverlap() throws {
        let wide = try #require(Subnet("10.0.0.0/8"))
        let narrow = try #require(Subnet("10.200.0.0/16"))
        let other = try #require(Subnet("11.0.0.0/8"))
        let six = try #require(Subnet("::/0"))
        #expect(wide.contains(narrow) && !narrow.contains(wide))
        #expect(wide.overlaps(narrow) && narrow.overlaps(wide))
        #expect(!wide.overlaps(other) && !other.overlaps(wide))
        #expect(!six.overlaps(wide) && !wide.overlaps(six))
        #expect(!six.contains(try #require(IPAddress("10.0.0.1"))))
    }

    @Test(
        arguments: [
            ("10.0.0.0/24", 1, 254), ("10.0.0.0/30", 1, 2), ("10.0.0.0/31", 0, 1), ("10.0.0.0/32", 0, 0),
            ("fd00::/126", 1, 3), ("fd00::/127", 0, 1), ("fd00::/128", 0, 0),
        ] as [(String, UInt128, UInt128)])
    func hostsHaveTheAddressesThatAreNotTheSubnetsOwn(text: String, first: UInt128, last: UInt128) throws {
        #expect(try #require(Subnet(text)).hostOffsets == first...last)
    }

    @Test func widestSubnetsDoNotOverflow() throws {
        let all = try #require(Subnet("::/0"))
        #expect(all.lastOffset == .max && all.hostOffsets == 1...UInt128.max)
        #expect(all.last == IPAddress(.v6, .max))
        #expect(IPPrefix.everything(.v4).description == "0.0.0.0/0" && IPPrefix.everything(.v6).description == "::/0")
    }

    @Test func lengthIsTakenOffATextInCIDR() {
        #expect(IPPrefix.withoutLength("10.0.0.1/24") == "10.0.0.1")
        #expect(IPPrefix.withoutLength("10.0.0.1") == "10.0.0.1" && IPPrefix.withoutLength("") == "")
    }

    @Test func linkLayerAddressSurvivesItsText() throws {
        #expect(MACAddress("02:42:ac:11:00:02")?.description == "02:42:ac:11:00:02")
        #expect(MACAddress("02-42-AC-11-00-02")?.description == "02:42:ac:11:00:02")
        for text in [
            "", "02:42:ac:11:00", "02:42:ac:11:00:02:03", "+2:42:ac:11:00:02", "2:42:ac:11:0:2", "02:42:ac:11:00:0g",
        ] {
            #expect(MACAddress(text) == nil)
        }
        #expect(MACAddress(standingFor: try #require(IPAddress("172.17.0.2")))?.description == "02:42:ac:11:00:02")
        #expect(MACAddress(standingFor: try #require(IPAddress("fd00::2"))) == nil)
    }
}
