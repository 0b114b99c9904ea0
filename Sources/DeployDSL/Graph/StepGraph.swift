/// A compiled plan: nodes, and for each the nodes it waits for.
///
/// A value: it prints, compares and encodes. What is encoded is the plan's identity, by which
/// `bgrun resume` knows whether it is still the plan that was interrupted.
public struct StepGraph: Equatable, Sendable {
  /// What is deployed.
  public var application: Application
  /// Where the plan was written.
  public var location: SourceLocation
  /// The longest time for the whole run.
  package var timeout: Duration
  /// The nodes; each comes after those it depends on.
  public var nodes: [Node]
  /// The groups and composite steps that nodes lie in.
  package var scopes: [Scope]
  /// What is done in the end if the run has failed, in order.
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
  /// Finds out whether the graph may run: one that `Deploy.graph()` has made may, one that was
  /// changed after that must be looked at again. `DeployRunner` does.
  ///
  /// - Throws: ``PlanError`` with every problem of the graph, not the first only.
  package func validate() throws(PlanError) {
    var validator = GraphValidator(graph: self)
    var problems = validator.validate()
    if problems.isEmpty { problems = validator.validateModifiers() }
    guard problems.isEmpty else { throw PlanError(problems) }
  }
}

extension StepGraph: CustomStringConvertible {
  /// One line a node: its number, name, what it waits for and where it stands.
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
  private enum CodingKeys: CodingKey { case application, timeout, nodes, scopes, onFailure }

  /// Encodes all that tells two plans apart by what they do.
  ///
  /// Left out are the places of their lines and the values of secrets; code is encoded by its type,
  /// what it says of itself and the values that it holds.
  ///
  /// - Throws: what the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(application, forKey: .application)
    try container.encode(timeout, forKey: .timeout)
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

  /// Encodes the node without the place where it was written.
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

  /// Encodes a step under its kind, as the case of an enumeration.
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
