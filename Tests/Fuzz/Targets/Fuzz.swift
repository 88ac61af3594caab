// `Fuzz NAME [libFuzzer's options] [folders]` feeds one parser with what libFuzzer makes up. See docs/development.md.

import Glibc

/// A parser takes any bytes, and may refuse them by an error; what ends the process is a fault.
private typealias Parser = (UnsafeRawBufferPointer) throws -> Void

private nonisolated(unsafe) let parsers: [String: Parser] = [
    "bodies": RequestBodies.read, "descriptors": Descriptors.read, "exits": Exits.read, "expressions": Expressions.read,
    "frames": Frames.read, "logs": LogLines.read, "plans": Plans.read, "references": References.read,
    "specs": Specs.read, "tar": Archives.read,
]

/// Chosen once, before the first input.
private nonisolated(unsafe) var parser: Parser = { _ in }

/// Takes the parser's name off the arguments (LLVM, "libFuzzer", "Startup initialization").
@_cdecl("LLVMFuzzerInitialize") func initialize(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>>>
) -> CInt {
    guard count.pointee > 1, let chosen = parsers[String(cString: arguments.pointee[1])] else {
        print(parsers.keys.sorted().joined(separator: "\n"))
        exit(2)
    }
    parser = chosen
    arguments.pointee[1] = arguments.pointee[0]
    arguments.pointee += 1
    count.pointee -= 1
    return 0
}

@_cdecl("LLVMFuzzerTestOneInput") func test(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    try? parser(UnsafeRawBufferPointer(start: bytes, count: count))
    return 0
}

/// For what must hold whatever the input is.
func check(_ holds: Bool, _ what: @autoclosure () -> String) {
    if !holds { fatalError(what()) }
}
