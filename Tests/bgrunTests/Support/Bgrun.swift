import DeployRunner
import Foundation

/// The built tool, run as a process in a folder of its own with a cache of its own.
struct Bgrun {
  struct Ending {
    var status: Int32
    var output: String
    var errors: String
  }

  /// The folder that the tests of one suite may write to; removed with the last of them.
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appending(path: "bgrun-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  /// The repository that the tests belong to.
  static let repository = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The tool lies beside the test bundle.
  static let path: String = {
    var folder = Bundle.main.bundleURL
    for argument in CommandLine.arguments where argument.hasSuffix(".xctest") {
      folder = URL(filePath: argument).deletingLastPathComponent()
    }
    let candidates = [
      folder.appending(path: "bgrun"), repository.appending(path: ".build/debug/bgrun"),
    ]
    let found = candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) }
    return (found ?? candidates[1]).path
  }()

  /// Where compiled plans go.
  var cache: URL { folder.appending(path: "cache") }

  /// Runs the tool.
  func run(
    _ arguments: String..., in directory: URL? = nil, environment more: [String: String] = [:]
  ) async throws -> Ending {
    try await run(Self.path, arguments, in: directory, environment: more)
  }

  /// Runs a program as the tool would be run.
  func run(
    _ path: String, _ arguments: [String], in directory: URL? = nil,
    environment more: [String: String] = [:]
  ) async throws -> Ending {
    var environment = ProcessInfo.processInfo.environment
    environment["NO_COLOR"] = nil
    environment["BGRUN_CACHE"] = cache.path
    environment.merge(more) { $1 }
    let child = ChildProcess(
      path: path, argv: [path] + arguments, environment: environment,
      directory: (directory ?? folder).path, timeout: .seconds(120))
    let result = try await child.run { _ in }
    return Ending(status: result.status, output: result.output, errors: result.errors)
  }

  /// Writes a plan.
  @discardableResult
  func write(_ text: String, to name: String = "plan.swift") throws -> String {
    let file = folder.appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return name
  }

  func remove() {
    _ = chmod(folder.path, 0o755)
    try? FileManager.default.removeItem(at: folder)
  }

  /// Gives a body a tool of its own, and cleans up whatever happens.
  static func with(_ body: (Bgrun) async throws -> Void) async throws {
    let tool = try Bgrun()
    defer { tool.remove() }
    try await body(tool)
  }
}

/// Plans that tests start from.
enum SamplePlan {
  static let whole = """
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

  /// The whole plan with something before its first step.
  static func beginning(with text: String, step: String = "") -> String {
    whole.replacing("\nDeploy", with: "\n\(text)\nDeploy")
      .replacing("  DetectActive()\n", with: "  DetectActive()\n\(step)")
  }
}
