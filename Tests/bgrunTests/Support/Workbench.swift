import Foundation
import BgrunTestSupport

/// A folder with plans of its own, and the built tool to run on them.
///
/// Its path holds a space and a letter that is not ASCII, as people's paths do.
final class Workbench: Sendable {
  /// How the tool ended.
  struct Ending: CustomStringConvertible {
    var status: Int32
    var output: String
    var errors: String
    var description: String { "exit \(status)\n--- output\n\(output)--- errors\n\(errors)" }
  }

  /// A program was ended by a signal, or could not be looked at.
  struct Failed: Error, CustomStringConvertible {
    var description: String
  }

  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("bgrun tést \(UUID().uuidString)").resolvingSymlinksInPath()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// The repository that the tests belong to.
  static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The compiled plans of this bench.
  var cache: URL { folder.appendingPathComponent("cache") }

  /// Writes a file.
  @discardableResult
  func write(_ name: String, _ text: String) throws -> URL {
    let file = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return file
  }

  /// Whether a file is there.
  func has(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.appending(path: name).path)
  }

  /// Waits until a file is there; false if it does not come.
  func waits(for file: URL) async -> Bool {
    let wait: Void? = try? await waitUntil("\(file.path) is there") {
      FileManager.default.fileExists(atPath: file.path)
    }
    return wait != nil
  }

  /// Runs the tool in the folder, or in another one.
  func bgrun(
    _ arguments: String..., in directory: URL? = nil, environment: [String: String] = [:]
  ) async throws -> Ending {
    try await run([try Self.tool().path] + arguments, in: directory, environment: environment)
  }

  /// Runs a program in the folder. What it prints goes to files: nothing can hold the test up.
  func run(
    _ words: [String], in directory: URL? = nil, environment: [String: String] = [:],
    started: @Sendable @escaping (Int32) -> Void = { _ in }
  ) async throws -> Ending {
    let name = UUID().uuidString
    let output = folder.appendingPathComponent(".output-\(name)")
    let errors = folder.appendingPathComponent(".errors-\(name)")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: words[0])
    process.arguments = Array(words.dropFirst())
    process.currentDirectoryURL = directory ?? folder
    var variables = ProcessInfo.processInfo.environment
    variables["NO_COLOR"] = nil
    variables["BGRUN_CACHE"] = cache.path
    process.environment = variables.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try Self.handle(output)
    process.standardError = try Self.handle(errors)
    let status = try await process.end(started: started)
    return Ending(
      status: status, output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8))
  }

  private static func handle(_ file: URL) throws -> FileHandle {
    try Data().write(to: file)
    return try FileHandle(forWritingTo: file)
  }

  /// The tool that was built together with these tests.
  static func tool() throws -> URL {
    for argument in CommandLine.arguments where argument.contains(".build") {
      var folder = URL(fileURLWithPath: argument).deletingLastPathComponent()
      while folder.path.count > 1 {
        let tool = folder.appendingPathComponent("bgrun")
        let module = folder.appendingPathComponent("Modules/DeployDSL.swiftmodule")
        if FileManager.default.fileExists(atPath: module.path) { return tool }
        folder.deleteLastPathComponent()
      }
    }
    throw Failed(description: "no bgrun beside \(CommandLine.arguments)")
  }

  /// The compiled plans that the cache holds now, with the time of their last change.
  func entries() throws -> [String: Date] {
    let plans = cache.appendingPathComponent("plans")
    let names = try FileManager.default.contentsOfDirectory(atPath: plans.path)
    return try names.reduce(into: [:]) { entries, name in
      let path = plans.appendingPathComponent(name).path
      entries[name] =
        try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
    }
  }
}

/// Plans that tests share.
enum SamplePlan {
  static let grafana = """
    import DeployDSL

    Deploy("grafana", health: "/api/health") {
      DetectActive()
      Up(.target)
      Health(retries: 15, every: 2)
      SwapNginx()
      Reload()
      Stop(.previous)
      Prune()
    }

    """

  /// A plan with one step of its own, whose code is given.
  static func step(_ code: String) -> String {
    """
    import DeployDSL

    struct Own: PrimitiveStep {
      let summary = "own step"
      func run(in context: StepContext) async throws {
        \(code)
      }
    }

    Deploy("grafana") {
      DetectActive()
      Own()
    }

    """
  }
}
