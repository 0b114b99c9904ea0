import DeployRunner
import Foundation
import Testing

/// The real compiler, type-checking a plan against the library that the tests were built with.
struct Compiler {
  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  /// The modules folder lies beside the test bundle, or beside the folder that holds it.
  private static func modules() throws -> String {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    for argument in CommandLine.arguments where argument.hasSuffix(".xctest") {
      folder = URL(fileURLWithPath: argument).deletingLastPathComponent()
    }
    while folder.path.count > 1 {
      let modules = folder.appendingPathComponent("Modules")
      let module = modules.appendingPathComponent("DeployDSL.swiftmodule")
      if FileManager.default.fileExists(atPath: module.path) { return modules.path }
      folder.deleteLastPathComponent()
    }
    throw Missing(description: "no Modules/DeployDSL.swiftmodule above \(CommandLine.arguments[0])")
  }

  /// The compiler's errors and warnings as `LINE:COLUMN: TEXT`, in the order of the source.
  func errors(_ source: String) throws -> [String] {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("plan-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("plan.swift")
    try Data(source.utf8).write(to: file)
    // Not by Foundation's `Process`, which may wait for other tests' processes.
    let compiler = ChildProcess(
      path: "/usr/bin/env",
      argv: ["env", "swiftc", "-typecheck", "-swift-version", "6", "-diagnostic-style", "llvm"]
        + ["-module-cache-path", NSTemporaryDirectory() + "/bgrun-test-modules"]
        + ["-I", try Self.modules(), file.path],
      environment: ChildProcess.inheritedEnvironment(), timeout: .seconds(600))
    let result = try compiler.run(until: -1)
    let text = result.errors
    let found = text.split(separator: "\n").compactMap { Self.message(of: $0, in: file.path) }
    if result.status != 0, found.isEmpty { throw Missing(description: text) }
    return found.sorted { $0.place < $1.place }.map(\.text)
  }

  /// What `FILE:LINE:COLUMN: error: TEXT` says.
  private static func message(
    of line: Substring, in file: String
  ) -> (place: [Int], text: String)? {
    guard line.hasPrefix(file + ":") else { return nil }
    let parts = line.dropFirst(file.count + 1).split(separator: ":", maxSplits: 3)
    guard parts.count == 4, [" error", " warning"].contains(parts[2]) else { return nil }
    return (parts[0...1].compactMap { Int($0) }, "\(parts[0]):\(parts[1]):\(parts[3])")
  }
}

extension [Int] {
  fileprivate static func < (left: [Int], right: [Int]) -> Bool {
    left.lexicographicallyPrecedes(right)
  }
}
