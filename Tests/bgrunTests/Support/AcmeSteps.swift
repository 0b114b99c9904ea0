import Foundation

/// A package with a step, as another team might publish it.
struct AcmeSteps {
  let bench: Workbench
  let folder: URL

  /// Writes it into a folder of the bench.
  ///
  /// - Parameter dependency: how it names bgrun; by default a repository that cannot be reached.
  init(
    on bench: Workbench, in name: String = "acme-steps",
    dependency: String = #".package(url: "https://bgrun.invalid/bgrun.git", from: "0.1.0")"#,
    identity: String = "bgrun"
  ) throws {
    self.bench = bench
    folder = bench.folder.appendingPathComponent(name)
    try bench.write(
      "\(name)/Package.swift",
      """
      // swift-tools-version: 6.1
      import PackageDescription

      let package = Package(
        name: "\(name)",
        platforms: [.macOS(.v15)],
        products: [.library(name: "AcmeSteps", targets: ["AcmeSteps"])],
        dependencies: [\(dependency)],
        targets: [
          .target(
            name: "AcmeSteps",
            dependencies: [.product(name: "DeployDSL", package: "\(identity)")])
        ]
      )

      """)
    try writeStep(saying: "hello")
    // Found by a cast at run time only: nothing else refers to it.
    try bench.write(
      "\(name)/Sources/AcmeSteps/Notify+Undo.swift",
      """
      public import DeployDSL

      extension Notify: UndoableStep {
        public func undo(in context: StepContext) async throws { context.log("undid it") }
      }

      """)
  }

  func writeStep(saying text: String, _ more: String = "") throws {
    try Data(
      """
      public import DeployDSL

      public struct Notify: PrimitiveStep {
        public init() {}
        public var summary: String { "notify" }
        public func run(in context: StepContext) async throws { context.log("acme says \(text)") }
      }
      \(more)
      """.utf8
    ).write(to: sources.appendingPathComponent("Notify.swift"), creating: true)
  }

  var sources: URL { folder.appendingPathComponent("Sources/AcmeSteps") }

  /// Makes it a version of a repository.
  func publish(_ version: String) async throws {
    let author = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    for words in [
      ["init", "--quiet", "--initial-branch", "main"],
      ["add", "--all"],
      ["commit", "--quiet", "--message", version],
      ["tag", version],
    ] {
      let ending = try await bench.run(["/usr/bin/env", "git"] + author + words, in: folder)
      guard ending.status == 0 else { throw Workbench.Failed(description: "\(ending)") }
    }
  }

  /// A plan that uses the step.
  static func plan(_ importing: String, _ steps: String = "Notify()") -> String {
    """
    import DeployDSL
    \(importing)

    Deploy("grafana") {
      DetectActive()
      \(steps)
    }

    """
  }
}

extension Data {
  fileprivate func write(to file: URL, creating: Bool) throws {
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try write(to: file)
  }
}
