import Engine
import LaunchPlan
import Model
import Spec
import Testing

@Suite struct ContainerTableTests {
    private static func record(_ id: String, name: String) -> ContainerRecord {
        ContainerRecord(
            id: id, name: name, created: 1, imageID: "", config: ContainerConfig(), hostConfig: HostConfig())
    }

    private static func entry(_ id: String, name: String) -> ContainerEntry {
        ContainerEntry(record: record(id, name: name), spec: .failure(.system("not read")), imageName: "image")
    }

    @Test func aNameIsOnesUntilItIsGivenBack() throws {
        let table = ContainerTable()
        try table.reserve(name: "web", for: "a")
        #expect { try table.reserve(name: "web", for: "b") } throws: { error in
            guard let error = error as? BerthError else { return false }
            return error.code == .conflict
                && error.message.hasPrefix(
                    "Conflict. The container name \"/web\" is already in use by container \"a\".")
        }
        // Another one's name is not given back.
        table.release(name: "web", of: "b")
        #expect(throws: BerthError.self) { try table.reserve(name: "web", for: "b") }
        table.release(name: "web", of: "a")
        try table.reserve(name: "web", for: "b")
    }

    @Test func ofThoseWhoAskAtOnceOneGetsTheName() async {
        let table = ContainerTable()
        let owners = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<1000 {
                group.addTask { (try? table.reserve(name: "name\(number % 10)", for: "\(number)")) != nil }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(owners == 10)
    }

    /// What is being made counts as a user, and does so no more once it is given up.
    @Test func whatIsBeingMadeIsAUser() {
        let table = ContainerTable()
        let record = Self.record("a", name: "web")
        table.reserve(record)
        #expect(table.users.map(\.id) == ["a"])
        table.abandon(record)
        #expect(table.users.isEmpty)
    }

    @Test(arguments: [("web", "abc1"), ("/web", "abc1"), ("abc1", "abc1"), ("abc2", "abc2"), ("abc10", "abc10")])
    func oneIsFound(reference: String, id: String) throws {
        let table = ContainerTable()
        for (id, name) in [("abc1", "web"), ("abc2", "db"), ("abc10", "abd")] {
            table.add(Self.entry(id, name: name), name: name)
        }
        #expect(try table.find(reference).id == id)
        #expect { try table.find("abc") } throws: { ($0 as? BerthError)?.code == .invalidParameter }
        #expect { try table.find("nothing") } throws: { ($0 as? BerthError)?.code == .notFound }
    }

    // MARK: Steps of a container's life

    @Test func aStartThatFailsLeavesWhatWasBefore() {
        let entry = Self.entry("a", name: "web")
        entry.end(ExitStatus(code: 3, outOfMemory: false, finished: 7), problem: "")
        let former = entry.beginStart()
        #expect(entry.record.state.status == .starting)
        entry.failStart(former, error: "no such command", exitCode: 127)
        #expect(entry.record.state.status == .exited)
        #expect(entry.record.state.finishedAt == 7)
        #expect(entry.record.state.exitCode == 127)
        #expect(entry.record.state.error == "no such command")
    }

    @Test func aRemovalThatFailsLeavesWhatWasBefore() throws {
        let entry = Self.entry("a", name: "web")
        let former = entry.beginRemoval()
        #expect(former == .created)
        #expect { try entry.checkPresent(as: "web", toBe: "started") } throws: {
            ($0 as? BerthError)?.message == "container is marked for removal and cannot be started"
        }
        entry.cancelRemoval(former)
        try entry.checkPresent(as: "web", toBe: "started")
    }

    /// What holds already is answered at once; what is waited for, when it comes; each waiter by its own condition.
    @Test func whoeverWaitsIsAnswered() async throws {
        let entry = Self.entry("a", name: "web")
        #expect(try await entry.wait(.notRunning).result().statusCode == 0)
        let next = entry.wait(.nextExit)
        let removed = entry.wait(.removed)
        entry.wake([.notRunning, .nextExit], statusCode: 5)
        #expect(try await next.result().statusCode == 5)
        entry.wake([.removed], statusCode: 6)
        #expect(try await removed.result().statusCode == 6)
    }
}
