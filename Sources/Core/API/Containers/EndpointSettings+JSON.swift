import Model

extension EndpointSettings: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("IPAMConfig", ipamConfig)
            json.field("Links", links)
            json.field("Aliases", aliases)
            json.field("MacAddress", macAddress)
            json.field("DriverOpts", driverOpts)
            json.field("GwPriority", gwPriority)
            json.field("NetworkID", networkID)
            json.field("EndpointID", endpointID)
            json.field("Gateway", gateway)
            json.field("IPAddress", ipAddress)
            json.field("IPPrefixLen", ipPrefixLen)
            json.field("IPv6Gateway", ipv6Gateway)
            json.field("GlobalIPv6Address", globalIPv6Address)
            json.field("GlobalIPv6PrefixLen", globalIPv6PrefixLen)
            json.field("DNSNames", dnsNames)
        }
    }
}

extension EndpointIPAMConfig: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.optional("IPv4Address", ipv4Address)
            json.optional("IPv6Address", ipv6Address)
            json.optional("LinkLocalIPs", linkLocalIPs)
        }
    }
}
