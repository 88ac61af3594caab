import Model

/// A network as `GET /networks` and `GET /networks/{id}` say it.
package struct NetworkResource: JSONWritable {
    package var snapshot: NetworkSnapshot
    package var version: APIVersion
    /// Lists leave the containers out from 1.28 on.
    package var showsContainers: Bool

    package init(_ snapshot: NetworkSnapshot, version: APIVersion, showsContainers: Bool) {
        self.snapshot = snapshot
        self.version = version
        self.showsContainers = showsContainers
    }

    package func write(to json: inout JSONWriter) {
        let record = snapshot.record
        json.object { json in
            json.field("Name", record.name)
            json.field("Id", record.id)
            json.field("Created", Timestamp.rfc3339(record.created))
            json.field("Scope", record.scope)
            json.field("Driver", record.driver)
            if version >= APIVersion(1, 47) { json.field("EnableIPv4", true) }
            json.field("EnableIPv6", record.enableIPv6)
            writeIPAM(record, to: &json)
            json.field("Internal", record.isInternal)
            json.field("Attachable", record.isAttachable)
            json.field("Ingress", record.isIngress)
            json.object("ConfigFrom") { $0.field("Network", "") }
            json.field("ConfigOnly", false)
            json.object("Containers") { json in
                guard showsContainers else { return }
                for member in snapshot.members.sorted(by: { $0.containerID < $1.containerID }) {
                    json.object(member.containerID) { json in
                        json.field("Name", member.name)
                        json.field("EndpointID", member.endpointID)
                        json.field("MacAddress", member.macAddress)
                        json.field("IPv4Address", member.ipv4Address)
                        json.field("IPv6Address", member.ipv6Address)
                    }
                }
            }
            json.field("Options", record.options)
            json.field("Labels", record.labels)
        }
    }

    private func writeIPAM(_ record: NetworkRecord, to json: inout JSONWriter) {
        json.object("IPAM") { json in
            json.field("Driver", record.ipamDriver)
            json.field("Options", record.ipamOptions.isEmpty ? nil : record.ipamOptions)
            json.array("Config", record.pools) { json, pool in
                json.object { json in
                    json.field("Subnet", pool.subnet)
                    if !pool.ipRange.isEmpty { json.field("IPRange", pool.ipRange) }
                    if !pool.gateway.isEmpty { json.field("Gateway", pool.gateway) }
                    if !pool.auxAddresses.isEmpty { json.field("AuxiliaryAddresses", pool.auxAddresses) }
                }
            }
        }
    }
}
