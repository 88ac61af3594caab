import Foundation
import Glibc
import LaunchPlan
import Logs
import Runtime
import Testing

@Suite struct LogCompressionTests {
    /// On a file system in memory: what is compressed is written through to the disk, which may be busy.
    private func container() throws -> (box: TestContainer, directory: String) {
        var template = Array("/dev/shm/berth-compress-XXXXXX".utf8CString)
        return (try TestContainer(), try #require(mkdtemp(&template).map { String(cString: $0) }))
    }

    private func plan(_ box: TestContainer, _ directory: String, _ script: String, files: UInt32) -> LaunchPlan {
        var plan = box.plan(["sh", "-c", script])
        plan.stdio.openStdin = true
        plan.log = .init(path: directory + "/x-json.log", maxSize: 20_000, maxFiles: files, compress: true)
        return plan
    }

    private func names(_ directory: String) throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: directory))
    }

    private func numbers(_ plan: LaunchPlan, tail: Int? = nil) throws -> [Int] {
        let reader = try LogReader(path: plan.log.path, query: LogQuery(tail: tail))
        var numbers: [Int] = []
        while let entry = try reader.next() {
            numbers.append(try #require(Int(String(decoding: entry.bytes.dropLast(), as: UTF8.self))))
        }
        return numbers
    }

    private func waits(until condition: () throws -> Bool) rethrows -> Bool {
        for _ in 0..<6000 {
            if try condition() { return true }
            usleep(10_000)
        }
        return false
    }

    @Test(arguments: [0, 1 << 20] as [UInt64])
    func rotatedFilesAreCompressedAndCountAsFiles(bufferSize: UInt64) throws {
        let (box, directory) = try container()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var plan = plan(box, directory, "seq 1 1000; read line; seq 1001 2000; read line", files: 4)
        plan.log.bufferSize = bufferSize
        let listener = try MonitorListener(path: box.socketPath)
        let attached = try Attachment(box.socket, [.stdin])
        let process = try Shared.launcher.launch(plan, listener: listener)
        let files = Set(["x-json.log", "x-json.log.1.gz", "x-json.log.2.gz", "x-json.log.3.gz"])
        // While the process says nothing and nobody else wakes the monitor.
        #expect(waits { (try? names(directory)) == files })
        #expect(try numbers(plan).last == 1000)
        attached.type("\n")
        #expect(waits { (try? numbers(plan, tail: 1) == [2000] && names(directory) == files) == true })
        let kept = try numbers(plan)
        #expect(kept == Array(kept[0]...2000))
        attached.type("\n")
        #expect(box.ended(process)?.code == 0)
        #expect(try names(directory) == files)
    }

    /// The file that is given to a process that compresses is there until what has come of it is.
    @Test func whoeverIsKilledNothingIsLostAndNothingIsLeft() throws {
        let (box, directory) = try container()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var last = 0
        for round in 0..<4 {
            let plan = plan(box, directory, "seq \(last + 1) \(last + 500); read line", files: 200)
            last += 500
            let listener = try MonitorListener(path: box.socketPath)
            let attached = try Attachment(box.socket, [.stdin])
            let process = try Shared.launcher.launch(plan, listener: listener)
            // Somewhere in the compression of some two files.
            usleep(UInt32.random(in: 0..<20_000))
            let monitor = try #require(parent(of: process.pid))
            for child in children(of: monitor) where child != process.pid { kill(child, SIGKILL) }
            #expect(waits { (try? numbers(plan, tail: 1)) == [last] }, "round \(round)")
            if round % 2 == 0 {
                kill(monitor, SIGKILL)
                #expect(box.ended(process) == nil)
                #expect(waits { kill(process.pid, 0) != 0 })
            } else {
                attached.type("\n")
                #expect(box.ended(process)?.code == 0)
                #expect(try !names(directory).contains("x-json.log.gz.new"))
            }
            #expect(try numbers(plan) == Array(1...last))
        }
        // What was left plain is compressed with the next rotation.
        let plan = plan(box, directory, "seq \(last + 1) \(last + 500); read line", files: 200)
        let listener = try MonitorListener(path: box.socketPath)
        let attached = try Attachment(box.socket, [.stdin])
        let process = try Shared.launcher.launch(plan, listener: listener)
        let isDone = waits {
            let names = (try? names(directory)) ?? []
            return (try? numbers(plan, tail: 1)) == [last + 500]
                && names.allSatisfy { $0 == "x-json.log" || $0.hasSuffix(".gz") }
        }
        #expect(isDone)
        #expect(try numbers(plan) == Array(1...(last + 500)))
        attached.type("\n")
        #expect(box.ended(process)?.code == 0)
    }

    /// The process that compresses is stopped: the monitor serves on, and rotates.
    @Test func nobodyWaitsForWhatIsCompressed() throws {
        let (box, directory) = try container()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let script = """
            (while :; do head -c 300000 /dev/urandom | od -v -x; done) & writer=$!
            read line; kill $writer; seq 1 2000; echo over >&2; read line
            """
        var plan = plan(box, directory, script, files: 3)
        plan.log.maxSize = 1 << 20
        let listener = try MonitorListener(path: box.socketPath)
        let attached = try Attachment(box.socket, [.stdin, .stderr])
        let process = try Shared.launcher.launch(plan, listener: listener)
        let monitor = try #require(parent(of: process.pid))
        var stopped: Int32 = 0
        let isStopped = waits {
            stopped = children(of: monitor).first { $0 != process.pid } ?? 0
            return stopped > 0 && kill(stopped, SIGSTOP) == 0
        }
        try #require(isStopped)
        attached.type("\n")
        #expect(attached.read(until: "over\n", stream: .stderr).hasSuffix("over\n"))
        attached.type("\n")
        #expect(box.ended(process)?.code == 0)
        #expect(try !names(directory).contains("x-json.log.gz.new"))
        #expect(kill(stopped, 0) != 0)
    }

    private func parent(of pid: Int32) -> Int32? {
        let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        return text?.split(separator: ")").last?.split(separator: " ").dropFirst().first.flatMap { Int32($0) }
    }

    private func children(of pid: Int32) -> [Int32] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap { Int32($0) }.filter { parent(of: $0) == pid }
    }
}
