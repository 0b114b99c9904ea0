/// A compiled plan: nodes, and for each the nodes it waits for.
///
/// A value: it prints, compares and encodes to JSON.
public struct StepGraph: Equatable, Sendable {
  /// What is deployed.
  public var application: Application
  /// Where the plan was written.
  public var location: SourceLocation
  /// The longest time for the whole run.
  public var timeout: Duration
  /// The nodes; each comes after those it depends on.
  public var nodes: [Node]
  /// The groups and composite steps that nodes lie in.
  public var scopes: [Scope]
  /// What is done in the end if the run has failed, in order.
  public var onFailure: [Node] = []

  /// The nodes that wait for each node.
  package var dependents: [[Int]] {
    var dependents = [[Int]](repeating: [], count: nodes.count)
    for node in nodes {
      for dependency in node.dependencies { dependents[dependency].append(node.id) }
    }
    return dependents
  }
}

extension StepGraph: CustomStringConvertible {
  /// One line a node: its number, name, what it waits for and where it stands.
  public var description: String {
    let lines = nodes.map { node in
      var line = "\(node.id)  \(node.name)"
      let scopes = node.scopes.map { self.scopes[$0].name }
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
  private enum Key: String, CodingKey { case application, timeout, nodes }
  private enum ApplicationKey: String, CodingKey {
    case name, blue, green, companions, compose, project, proxy, site, port, health
  }
  private enum GuardKey: String, CodingKey { case node, `is` }
  private enum NodeKey: String, CodingKey {
    case id, name, action, arguments, after, groups, when, timeout, attemptTimeout, retries
    case location
  }

  /// Encodes application and nodes; times are seconds.
  ///
  /// - Throws: what the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    var about = container.nestedContainer(keyedBy: ApplicationKey.self, forKey: .application)
    try about.encode(application.name, forKey: .name)
    try about.encode(application.blue, forKey: .blue)
    try about.encode(application.green, forKey: .green)
    if !application.companions.isEmpty {
      let pairs = application.companions.map { [$0.blue, $0.green] }
      try about.encode(pairs, forKey: .companions)
    }
    try about.encodeIfPresent(application.composeFile, forKey: .compose)
    try about.encodeIfPresent(application.projectName, forKey: .project)
    try about.encode(application.proxy, forKey: .proxy)
    try about.encode(application.site.file, forKey: .site)
    try about.encodeIfPresent(application.port, forKey: .port)
    try about.encode(application.health, forKey: .health)
    try container.encode(timeout.inSeconds, forKey: .timeout)
    var list = container.nestedUnkeyedContainer(forKey: .nodes)
    for node in nodes {
      var entry = list.nestedContainer(keyedBy: NodeKey.self)
      try entry.encode(node.id, forKey: .id)
      try entry.encode(node.name, forKey: .name)
      try entry.encode(node.action.kind, forKey: .action)
      try entry.encode(node.action.arguments, forKey: .arguments)
      try entry.encode(node.dependencies, forKey: .after)
      try entry.encode(node.scopes.map { scopes[$0].name }, forKey: .groups)
      try encode(node.guards, to: &entry)
      try entry.encodeIfPresent(node.policies.timeout?.inSeconds, forKey: .timeout)
      try entry.encodeIfPresent(node.policies.attemptTimeout?.inSeconds, forKey: .attemptTimeout)
      try entry.encode(node.policies.retries, forKey: .retries)
      try entry.encode(node.location, forKey: .location)
    }
  }

  private func encode(
    _ guards: [Guard], to entry: inout KeyedEncodingContainer<NodeKey>
  ) throws {
    guard !guards.isEmpty else { return }
    var list = entry.nestedUnkeyedContainer(forKey: .when)
    for item in guards {
      var pair = list.nestedContainer(keyedBy: GuardKey.self)
      try pair.encode(item.node, forKey: .node)
      try pair.encode(item.expects, forKey: .is)
    }
  }
}
