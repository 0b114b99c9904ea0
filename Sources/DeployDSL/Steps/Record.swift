/// Writes values of the plan into a file that Compose reads automatically, such as `.env`.
///
/// An everyday `docker compose up -d` then keeps the version that was deployed.
///
/// ```swift
/// Up(.target, environment: ["IMAGE_TAG": tag])
/// …
/// Reload()
/// Record("IMAGE_TAG", in: ".env")
/// ```
/// Every other byte of the file stays. Its undo restores the old value, and `bgrun rollback` writes
/// the value of the version that it goes back to. If both colours have `profiles: [bgrun]` in
/// the Compose file, `docker compose up -d` does not touch them, and this step is not needed.
public struct Record: BuiltInStep, Codable {
  /// The variables.
  package var names: [String]
  /// The file; relative paths start at the project folder.
  package var file: String
  /// Whether it writes the values with which the target was started, not those of the plan; `nil`
  /// in a plan: only a rollback does.
  package var isOfEarlier: Bool?

  /// Records values.
  ///
  /// - Parameters:
  ///   - names: variables that the plan gives the Compose file, with `environment:` of a step or of
  ///     the plan; none may be a ``Secret``.
  ///   - file: the file, created if missing; relative paths start at the project folder. Default:
  ///     `.env`, which Compose reads.
  public init(_ names: String..., in file: String = ".env") {
    self.names = names
    self.file = file
  }
}

extension Record {
  package var kind: String { "record" }
  package var title: String { "Record \(names.joined(separator: ", "))" }
  package var particulars: [String: String] {
    ["names": names.joined(separator: " "), "file": file]
  }
  package func highlights(in application: Application) -> [String] { ["in \(file)"] }
  package var ownUndo: String? { "old values" }
  package var traits: StepTraits { .tidiesUp }

  package func issues(at node: Node, in graph: StepGraph) -> [ValidationIssue?] {
    let given = graph.nodes.reduce(into: graph.application.environment) {
      $0.merge($1.step.interpolation) { $1 }
    }
    let nothing = ValidationIssue(
      "Record names no \(file.isEmpty ? "file" : "variable")",
      fix: "write Record(\"IMAGE_TAG\", in: \".env\")")
    return [names.isEmpty || file.isEmpty ? nothing : nil] + names.map { issue(of: $0, in: given) }
  }

  private func issue(
    of name: String, in given: [String: EnvironmentValue]
  ) -> ValidationIssue? {
    guard let value = given[name] else {
      return ValidationIssue(
        "Record writes \(name.escaped) down, but the plan gives it no value",
        fix: "give it one: Up(.target, environment: [\"\(name.escaped)\": …])")
    }
    guard case .text(let text) = value else {
      return ValidationIssue(
        "\(name) is a secret, and what Record writes can be read by whoever reads \(file)",
        fix: "leave it out")
    }
    guard text.escaped != text || text.contains("'") else { return nil }
    return ValidationIssue(
      "the value of \(name) contains a quotation mark or a control character, which Record "
        + "cannot write down", fix: "leave it out")
  }

  package func checkOrder(_ check: inout OrderCheck, _ node: Node, _ facts: OrderFacts) {
    guard !facts.isReloaded else { return }
    check.report(
      "\(title) comes before the switch, while the previous version serves",
      fix: "put it after Reload()", at: node)
  }
}
