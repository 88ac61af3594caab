import Model

/// What events say of containers, networks, volumes and images: Docker's attributes.
extension EventBus {
    /// - Parameter more: beside the container's labels, name and image, which it goes before.
    func publish(_ action: String, of container: ContainerEntry, _ more: [String: String] = [:]) {
        let record = container.record
        var attributes = record.config.labels
        attributes["name"] = record.name
        attributes["image"] = container.imageName
        attributes.merge(more) { _, new in new }
        publish(.container, action, record.id, attributes)
    }

    /// - Parameter container: the ID of the one that the network was joined or left by.
    package func publish(_ action: String, of network: NetworkRecord, container: String? = nil) {
        var attributes = ["name": network.name, "type": network.driver]
        attributes["container"] = container
        publish(.network, action, network.id, attributes)
    }

    package func publish(_ action: String, ofVolume name: String, driver: String) {
        publish(.volume, action, name, ["driver": driver])
    }

    /// Of a volume's mount in a container, or its end.
    package func publish(_ action: String, of mount: ContainerMount, in container: String) {
        var attributes = ["container": container, "driver": mount.driver]
        if action == "mount" {
            attributes["destination"] = mount.destination
            attributes["read/write"] = String(mount.isReadWrite)
            attributes["propagation"] = mount.propagation
        }
        publish(.volume, action, mount.name, attributes)
    }

    /// - Parameter name: the tag that it is about; the image's ID where there is none.
    package func publish(_ action: String, ofImage id: String, name: String) {
        publish(.image, action, id, ["name": name])
    }

    /// Tells of a prune, and how many bytes it has won back.
    package func publishPrune(of kind: Event.Kind, reclaimed: Int64) {
        publish(kind, "prune", "", ["reclaimed": String(reclaimed)])
    }

    private func publish(_ kind: Event.Kind, _ action: String, _ actorID: String, _ attributes: [String: String]) {
        publish(Event(kind: kind, action: action, actorID: actorID, attributes: attributes, time: Clock.now()))
    }
}
