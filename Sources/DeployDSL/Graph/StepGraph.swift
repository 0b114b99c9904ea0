/// A compiled plan: nodes, and for each the nodes it waits for.
///
/// A value that can be printed, compared and encoded. The encoding is the plan's identity, by which
/// `bgrun resume` recognises the interrupted plan.
public struct StepGraph: Equatable, Sendable {
  /// The deployed application.
  public var application: Application
  /// Where the plan was written.
  public var location: SourceLocation
  /// The timeout of the whole run.
  package var timeout: Duration
  /// How its runs measure what users see.
  package var receipt = Receipt()
  /// The nodes; each comes after those it depends on.
  public var nodes: [Node]
  /// The groups and composite steps that contain nodes.
  package var scopes: [Scope]
  /// The steps at the end of a failed run, in order.
  package var onFailure: [Node] = []

  /// The nodes that wait for each node.
  package var dependents: [[Int]] {
    var dependents = [[Int]](repeating: [], count: nodes.count)
    for node in nodes {
      for dependency in node.dependencies where dependents.indices.contains(dependency) {
        dependents[dependency].append(node.id)
      }
    }
    return dependents
  }
}

extension StepGraph {
  /// A graph to show, of a run elsewhere; it cannot be run.
  package init(application: Application, nodes: [Node]) {
    self.init(
      application: application,
      location: nodes.first?.location ?? SourceLocation(file: "", line: 1, column: 1),
      timeout: .zero, nodes: nodes, scopes: [])
  }

  /// Validates the graph. `Deploy.graph()` returns a valid one; a graph that was modified
  /// afterwards must be validated again, as `DeployRunner` does.
  ///
  /// - Throws: ``PlanError`` with every issue of the graph, not only the first.
  package func validate() throws(PlanError) {
    var validator = GraphValidator(graph: self)
    var problems = validator.validate()
    if problems.isEmpty { problems = validator.validateModifiers() }
    guard problems.isEmpty else { throw PlanError(problems) }
  }
}

extension StepGraph: CustomStringConvertible {
  /// One line per node: its number, name, dependencies and location.
  public var description: String {
    let lines = nodes.map { node in
      var line = "\(node.id)  \(node.name)"
      let scopes = node.scopes.filter(self.scopes.indices.contains).map { self.scopes[$0].name }
      if !scopes.isEmpty { line += "  in \(scopes.joined(separator: " / "))" }
      if !node.dependencies.isEmpty {
        line += "  after \(node.dependencies.map(String.init).joined(separator: ", "))"
      }
      return line + "  \(node.location)"
    }
    return (["\(application.name): \(nodes.count) steps"] + lines).joined(separator: "\n")
  }
}

extension StepGraph: Encodable {
  private enum CodingKeys: CodingKey {
    case application, timeout, receipt, nodes, scopes, onFailure
  }

  /// Encodes everything that affects what the plan does.
  ///
  /// Omits source locations and the values of secrets; encodes code by its type, its description
  /// and its stored values.
  ///
  /// - Throws: what the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(application, forKey: .application)
    try container.encode(timeout, forKey: .timeout)
    if receipt != Receipt() { try container.encode(receipt, forKey: .receipt) }
    try container.encode(nodes, forKey: .nodes)
    try container.encode(scopes, forKey: .scopes)
    try container.encode(onFailure, forKey: .onFailure)
  }
}

extension Node: Encodable {
  private enum CodingKeys: CodingKey {
    case id, name, action, policies, dependencies, scopes, undo, guards, alternatives, condition
    case code
  }

  /// Encodes the node without its source location.
  ///
  /// - Throws: what the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(name, forKey: .name)
    try encode(step, into: &container)
    try container.encode(policies, forKey: .policies)
    try container.encode(dependencies, forKey: .dependencies)
    try container.encode(scopes, forKey: .scopes)
    try container.encodeIfPresent(undo, forKey: .undo)
    try container.encode(guards, forKey: .guards)
    try container.encode(alternatives, forKey: .alternatives)
    try container.encodeIfPresent(condition?.question, forKey: .condition)
    try container.encodeIfPresent(code.map(CodeIdentity.init), forKey: .code)
  }

  /// Encodes a step under its kind, like the case of an enumeration.
  private func encode(
    _ step: some BuiltInStep, into container: inout KeyedEncodingContainer<CodingKeys>
  ) throws {
    if step is GraphPoint {
      try container.encode(step, forKey: .action)
    } else {
      try container.encode([step.kind.inCamelCase: ["_0": step]], forKey: .action)
    }
  }
}

extension String {
  /// `detect-active` as `detectActive`.
  fileprivate var inCamelCase: String {
    let words = split(separator: "-")
    return words.dropFirst().reduce(String(words.first ?? "")) {
      $0 + $1.prefix(1).uppercased() + $1.dropFirst()
    }
  }
}
