public import DeployDSL

/// Requests pages of the target before the switch, so that nobody meets cold caches.
///
/// ```swift
/// WarmUp("/", "/dashboards", ports: [.blue: 3003, .green: 3004], rounds: 3)
/// ```
/// Put it between `Health()` and `SwapNginx()`. An answer of 500 or more, or none, fails the step:
/// the previous version serves on. Other answers are fine; one of 400 or more is logged.
public struct WarmUp: PrimitiveStep {
  let paths: [String]
  let ports: [Color: Int]
  let rounds: Int

  /// Requests pages of the target.
  ///
  /// - Parameters:
  ///   - paths: the pages' paths, each beginning with `/`.
  ///   - ports: where the colours are published on this machine.
  ///   - rounds: how often each page is requested. Default: once.
  public init(_ paths: String..., ports: [Color: Int], rounds: Int = 1) {
    self.init(paths: paths, ports: ports, rounds: rounds)
  }

  /// Requests pages of the target, for programs that have the paths in a list.
  public init(paths: [String], ports: [Color: Int], rounds: Int = 1) {
    self.paths = paths
    self.ports = ports
    self.rounds = rounds
  }

  /// `Warm up 3 pages`.
  public var summary: String { "Warm up \(paths.count) page\(paths.count == 1 ? "" : "s")" }

  /// Requests each page, one after the other: a service that has just booted is not for a crowd.
  public func run(in context: StepContext) async throws {
    let color = try context.color(.target)
    let service = try context.service(.target)
    guard let port = ports[color] else {
      throw DeployError("WarmUp does not know the port of \(color)", fix: "add it to `ports:`")
    }
    for round in 0..<max(0, rounds) {
      for path in paths {
        let answer = try await context.get("http://127.0.0.1:\(port)\(path)")
        guard answer.status < 500 else {
          throw DeployError(
            "\(service) answers \(path) with \(answer.status)", fix: "read the log of \(service)")
        }
        if answer.status >= 400, round == 0 {
          context.log("\(service) answers \(path) with \(answer.status): is the path right?")
        }
      }
    }
    let count = paths.count * max(0, rounds)
    context.log("\(service) has answered \(count) request\(count == 1 ? "" : "s")")
  }
}
