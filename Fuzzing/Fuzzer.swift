//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The targets by their names, which are those of the folders in `Corpus`.
private let targets: [String: @Sendable (FuzzInput) -> Void] = [
    "fields": FieldsTarget.run,
    "json": JSONTarget.run,
    "query": QueryTarget.run,
    "sse": SSETarget.run,
    "topics": TopicsTarget.run,
    "websocket": WebSocketTarget.run,
]

/// The environment variable says which: libFuzzer starts the program again for some of its jobs, and passes on its own arguments alone.
private let target: @Sendable (FuzzInput) -> Void = {
    guard let name = getenv("FUZZ_TARGET").map({ String(cString: $0) }), let target = targets[name] else {
        fatalError("FUZZ_TARGET is one of \(targets.keys.sorted().joined(separator: ", "))")
    }
    return target
}()

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    target(FuzzInput(UnsafeBufferPointer(start: data, count: count)))
    return 0
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ argc: UnsafeMutablePointer<Int32>,
    _ argv: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// The entry point. SwiftPM's linker makes this symbol `main`, so libFuzzer's own is not used.
@_cdecl("Fuzzing_main")
func fuzzingMain(_ argc: Int32, _ argv: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32 {
    var argc = argc
    var argv = argv
    return runDriver(&argc, &argv, testOneInput)
}
