package import DeployDSL

/// Tells whether two graphs do the same: by what their steps do and in which order, not by where
/// the plan's lines stand.
package enum PlanFingerprint {
  /// Sixteen hexadecimal digits.
  package static func of(_ graph: StepGraph) -> String {
    let application = graph.application
    let about =
      [
        application.name, application.blue, application.green, application.proxy,
        application.site.file, application.health, application.projectName ?? "",
        application.composeFile ?? "",
      ] + application.companions.flatMap { [$0.blue, $0.green] }
    let hash = hash((about + lines(graph.nodes)).joined(separator: "\0").utf8)
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static func lines(_ nodes: [Node]) -> [String] {
    nodes.flatMap { node in
      let arguments = node.action.arguments
      let words = arguments.keys.sorted().map { "\($0)=\(arguments[$0] ?? "")" }
      let after = node.dependencies.map(String.init).joined(separator: ",")
      let only = node.guards.map { " only \($0.node) \($0.expects)" }.joined()
      let line = "\(node.id) \(node.name) \(node.action.kind) after \(after)\(only) \(words)"
      return [line] + lines(node.undo ?? []).map { "  undo \($0)" }
    }
  }

  /// FNV-1a: the same on every machine and in every process, unlike `Hasher`.
  private static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
