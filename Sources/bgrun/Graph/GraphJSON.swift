import DeployDSL

/// A step graph as `bgrun graph --format json` prints it: times are seconds, arguments are texts.
struct GraphJSON: Encodable {
  let graph: StepGraph
  var rollout = Rollout()

  private enum Key: String, CodingKey {
    case application, waves, pause, timeout, nodes, groups, onFailure
  }
  private enum ApplicationKey: String, CodingKey {
    case name, blue, green, workers, compose, project, proxy, site, port, health
  }
  private enum GuardKey: String, CodingKey { case node, `is` }
  private enum NodeKey: String, CodingKey {
    case id, name, action, arguments, after, groups, when, timeout, attemptTimeout, retries
    case onFailure, undo, mark, location
  }
  private enum GroupKey: String, CodingKey { case name, nodes, timeout, retries }

  func encode(to encoder: any Encoder) throws {
    let application = graph.application
    var container = encoder.container(keyedBy: Key.self)
    var about = container.nestedContainer(keyedBy: ApplicationKey.self, forKey: .application)
    try about.encode(application.name, forKey: .name)
    try about.encode(application.blue, forKey: .blue)
    try about.encode(application.green, forKey: .green)
    if !application.workers.isEmpty {
      let pairs = application.workers.map { [$0.blue, $0.green] }
      try about.encode(pairs, forKey: .workers)
    }
    if let files = application.composeFiles, files.count == 1 {
      try about.encode(files[0], forKey: .compose)
    } else {
      try about.encodeIfPresent(application.composeFiles, forKey: .compose)
    }
    try about.encodeIfPresent(application.projectName, forKey: .project)
    try about.encode(application.proxy, forKey: .proxy)
    try about.encode(application.site.file, forKey: .site)
    try about.encodeIfPresent(application.port, forKey: .port)
    try about.encode(application.health, forKey: .health)
    if !rollout.hosts.isEmpty {
      try container.encode(rollout.hostsByWave, forKey: .waves)
      try container.encode(rollout.pause.inSeconds, forKey: .pause)
    }
    try container.encode(graph.timeout.inSeconds, forKey: .timeout)
    var list = container.nestedUnkeyedContainer(forKey: .nodes)
    for node in graph.nodes {
      var entry = list.nestedContainer(keyedBy: NodeKey.self)
      try entry.encode(node.id, forKey: .id)
      try entry.encode(node.name, forKey: .name)
      try entry.encode(node.kind, forKey: .action)
      try entry.encode(node.step.particulars, forKey: .arguments)
      try entry.encode(node.dependencies, forKey: .after)
      try entry.encode(node.scopes.map { graph.scopes[$0].name }, forKey: .groups)
      try encode(node.guards, to: &entry)
      try entry.encodeIfPresent(node.policies.timeout?.inSeconds, forKey: .timeout)
      try entry.encodeIfPresent(node.policies.attemptTimeout?.inSeconds, forKey: .attemptTimeout)
      try entry.encode(node.policies.retries, forKey: .retries)
      if node.policies.onFailure != .rollback {
        try entry.encode(node.policies.onFailure, forKey: .onFailure)
      }
      if !node.undoWords.isEmpty { try entry.encode(node.undoWords, forKey: .undo) }
      try entry.encodeIfPresent(graph.mark(of: node), forKey: .mark)
      try entry.encode(node.location, forKey: .location)
    }
    try encodeGroups(to: &container)
    if !graph.onFailure.isEmpty {
      try container.encode(graph.onFailure.map(\.label), forKey: .onFailure)
    }
  }

  /// The groups that have limits of their own, with the nodes in them.
  private func encodeGroups(to container: inout KeyedEncodingContainer<Key>) throws {
    let limited = graph.scopes.enumerated().filter { $1.timeout != nil || $1.retry != nil }
    guard !limited.isEmpty else { return }
    var list = container.nestedUnkeyedContainer(forKey: .groups)
    for (number, scope) in limited {
      var entry = list.nestedContainer(keyedBy: GroupKey.self)
      try entry.encode(scope.name, forKey: .name)
      let nodes = graph.nodes.filter { $0.scopes.contains(number) }
      try entry.encode(nodes.map(\.id), forKey: .nodes)
      try entry.encodeIfPresent(scope.timeout?.inSeconds, forKey: .timeout)
      try entry.encodeIfPresent(scope.retry?.retries, forKey: .retries)
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
