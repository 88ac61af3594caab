import Engine
import Model
import Testing

@Suite struct ImageServiceTests {
    let room: TestRoom
    let images: ImageService
    private static let digits = String(repeating: "0123456789abcdef", count: 4)
    private let id = "sha256:" + ImageServiceTests.digits

    init() throws {
        room = try TestRoom()
        images = room.images
    }

    private func load(_ tags: [String]) {
        var record = ImageRecord(id: id)
        record.tags = tags
        images.load(record)
    }

    /// Whom an image is used by, and how it is called, decides what a removal says.
    @Test(
        arguments: [
            (["a:1"], "a:1", false, ContainerState.Status.exited, "must force"),
            (["a:1"], "0123", false, .exited, "must be forced"),
            (["a:1", "b:1"], "0123", false, nil, "must be forced"),
            (["a:1"], "0123", true, .running, "cannot be forced"),
            (["a:1"], "0123", true, .starting, "cannot be forced"),
        ] as [([String], String, Bool, ContainerState.Status?, String)])
    func anImageInUseIsNotRemoved(
        tags: [String], reference: String, force: Bool, user: ContainerState.Status?, text: String
    ) async throws {
        load(tags)
        if let user { room.usage.add(String(repeating: "c", count: 64), image: id, user) }
        await #expect { try await images.remove(reference, force: force) } throws: { error in
            guard let error = error as? BerthError else { return false }
            return error.code == .conflict && error.message.contains(text)
        }
        #expect(images.all.map(\.tags) == [tags])
    }

    @Test func oneOfSeveralNamesMayGo() async throws {
        load(["a:1", "b:1"])
        room.usage.add("c", image: id, .running)
        let removed = try await images.remove("a:1", force: false)
        #expect(removed.count == 1)
        #expect(images.all.map(\.tags) == [["b:1"]])
    }

    @Test(arguments: ["0123", "sha256:0123", "a", "a:1", "docker.io/library/a:1"])
    func anImageIsFoundByWhatItIsCalled(reference: String) throws {
        load(["a:1", "a:latest"])
        #expect(try images.find(reference).id == id)
    }

    @Test func aPruneTakesNoImageThatAContainerHas() async throws {
        load(["a:1"])
        room.usage.add("c", image: id)
        let kept = try await images.prune(filters: Filters(["dangling": ["false"]]))
        #expect(kept.removals.isEmpty)
        await #expect(throws: BerthError.invalid("invalid filter 'dangling=perhaps'")) {
            _ = try await images.prune(filters: Filters(["dangling": ["perhaps"]]))
        }
        room.usage.clear()
        #expect(try await images.prune(filters: Filters(["dangling": ["false"]])).removals.count == 2)
    }
}
