import DeployDSL

extension Options {
  /// The options with the hosts that the command line or the environment names, otherwise with what
  /// the plan names.
  ///
  /// - Throws: ``ToolError`` if they contradict each other.
  @MainActor
  func choosingHosts(_ output: Output) throws -> Options {
    guard isForHosts else { return self }
    var options = self
    options.hosts = try options.kept(hosts)
    guard project == nil || onlyHosts.isEmpty else {
      throw ToolError("--project is about this machine, and --only-host chooses among other ones")
    }
    guard hosts.isEmpty, !words.isEmpty, executor == .docker, !invents, project == nil else {
      return options
    }
    // What is wrong with the plan is the command's business: some do without it.
    var plan = options
    _ = plan.takeRun()
    options.compiled = Result { try PlanLoader(options: plan, output: output).compiled() }
    plan.compiled = options.compiled
    guard case .success = options.compiled else { return options }
    let loaded = Result { try PlanLoader(options: plan, output: output).loadAll() }
    options.loaded = loaded
    guard case .success(let file) = loaded else { return options }
    let all = file.hosts
    guard let first = all.first else {
      guard onlyHosts.isEmpty else { throw Self.noHosts(file) }
      return options
    }
    if let here = file.plans.first(where: { $0.rollout.hosts.isEmpty })?.graph.application.name,
      let there = file.plans.first(where: { !$0.rollout.hosts.isEmpty })?.graph.application.name
    {
      throw ToolError(
        "\(there) has hosts, but \(here) has none", fix: "select one: --only \(there)")
    }
    if all.count == 1 { options.hosts = [first] }
    return options
  }

  /// Whether the command can be for other hosts.
  private var isForHosts: Bool {
    mayLeaveThisMachine && command.options.contains { $0.name == CommandOption.on.name }
  }

  /// Whether other hosts may do the work. What works on sources has no plan's program for them yet.
  var mayLeaveThisMachine: Bool {
    !isOnHost && !wantsHelp && !wantsVersion && !command.isForSources
  }

  /// The hosts of a plan after `--on`, `--project` and `--only-host`.
  func rollout(of plan: Rollout) -> Rollout {
    var rollout = plan
    if !hosts.isEmpty { rollout.hosts = hosts }
    if isOnHost || project != nil { rollout.hosts = [] }
    rollout.hosts = rollout.hosts.filter(isChosen)
    return rollout
  }

  /// Whether `--only-host` chooses a host, or is not given.
  private func isChosen(_ host: String) -> Bool {
    onlyHosts.isEmpty || onlyHosts.contains { RemotePlace.isNamed(host, $0) }
  }

  /// Those of some hosts that `--only-host` chooses.
  func kept(_ hosts: [String]) throws(ToolError) -> [String] {
    guard !hosts.isEmpty else { return [] }
    for word in onlyHosts where !hosts.contains(where: { RemotePlace.isNamed($0, word) }) {
      throw .unknown("host '\(word)'", word, among: hosts)
    }
    return hosts.filter(isChosen)
  }

  private static func noHosts(_ file: LoadedFile) -> ToolError {
    ToolError(
      "--only-host chooses among several hosts, and \(file.file.typed) names none",
      fix: "name them in the plan, Deploy(…, hosts: [\"web1\", \"web2\"]), or with --on")
  }
}

extension LoadedFile {
  /// The hosts of all plans.
  var hosts: [String] {
    plans.flatMap(\.rollout.hosts).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}

extension RemotePlace {
  /// Whether a word names a host: as the plan does, or without user and folder.
  static func isNamed(_ host: String, _ word: String) -> Bool {
    guard host != word, let place = try? RemotePlace(host) else { return host == word }
    return place.destination == word
      || place.destination.split(separator: "@").last.map(String.init) == word
  }
}
