import DeployDSL

/// The parts of a switch, shared by the steps that make it and the undo that reverses it.
struct ProxySwitch {
  /// The pauses between looks at the proxy: short at first, because a reload takes a tenth of a
  /// second, then longer, because a `docker top` costs processor time that requests need.
  private static func pause(after elapsed: Duration) -> Duration {
    min(.milliseconds(500), max(.milliseconds(10), elapsed / 8))
  }

  let context: ActionContext

  var docker: DockerCLI { context.docker }
  var application: Application { context.application }

  func proxy() throws -> DeploymentState.Proxy {
    guard let proxy = context.state.current.proxy else {
      throw DeployError(
        .plan, "the proxy is not known yet", fix: "put DetectActive() before this step")
    }
    return proxy
  }

  /// How site files name the colours.
  var hosts: ColorHosts {
    let facts = context.state.current
    return ColorHosts(of: application, in: facts.project, for: facts.proxy?.running)
  }

  /// Runs `body` even while the run is being cancelled, within its own time limit.
  func shielded(_ body: @escaping @Sendable (ProxySwitch) async throws -> Void) async throws {
    var context = context
    context.deadline = context.clock.now() + .seconds(60)
    let copy = ProxySwitch(context: context)
    try await uncancelled { try await body(copy) }
  }

  /// Runs `body` while no other deploy writes a site file of this proxy, tests or reloads it.
  func alone<Value>(_ body: () async throws -> Value) async throws -> Value {
    // A simulated host's folders must not lock those of this machine.
    let isReal = !context.executor.isSimulated
    let folders = isReal ? context.state.current.proxy?.running.folders ?? [] : []
    return try await context.runStore.alone(withProxyOf: folders, body)
  }

  // MARK: Site file

  /// The colour that a site file's content is for; `nil` if it is not for exactly one.
  func color(of bytes: [UInt8]) -> Color? {
    let isRewritten = context.state.current.proxy?.isRewritten == true
    // A source may name the other colour as a standby server, or choose its own by a variable.
    return (isRewritten ? nil : SiteText(bytes).color(by: hosts)) ?? rewrite(of: bytes)?.color
  }

  /// How a user makes the site file lead to a colour.
  func remedy(for color: Color) -> String {
    context.state.current.proxy?.isRewritten == true || application.site.generated != nil
      ? "name \(hosts.name(of: color, in: application)) in \(application.site.file) instead of "
        + hosts.name(of: color.other, in: application)
      : "`cp \(application.source(color)) \(application.site.file)`"
  }

  /// Writes the site file.
  ///
  /// If it cannot be replaced, because the disk is full or out of inodes, the existing file is
  /// overwritten: that needs no more space than it already has.
  func write(_ bytes: [UInt8], from source: String) async throws {
    var file = FileWrite(
      path: application.site.file, bytes: bytes, method: try proxy().method, source: source)
    do {
      try await context.write(file)
    } catch {
      guard file.method == .rename, error is DeployError else { throw error }
      file.method = .inPlace
      do { try await context.write(file) } catch is DeployError { throw error }
    }
  }

  /// Tests the configuration in the proxy, and that it includes the new bytes.
  ///
  /// - Returns: The whole configuration; `nil` in a dry run.
  @discardableResult
  func test(_ bytes: [UInt8], from source: String) async throws -> NginxDump? {
    let proxy = try proxy()
    let call = docker.testConfiguration(of: proxy.running.nginx)
    guard let result = try await context.result(of: call, .verify) else { return nil }
    guard result.succeeded else {
      if !NginxErrorClassifier.isFromNginx(result.errors) {
        throw try await proxyFailure(call, result, doing: "test the proxy's configuration")
      }
      throw NginxErrorClassifier.failure(
        result.errors, site: bytes, source: source, at: proxy.sitePath)
    }
    let dump = NginxDump(result.output)
    guard dump.paths.contains(proxy.sitePath) else {
      throw DeployError(
        .configuration,
        "\(application.proxy.nginx) does not include \(proxy.sitePath), so nothing would change",
        fix: "include it inside http { … } of nginx.conf")
    }
    guard dump.shows(bytes, at: proxy.sitePath) else {
      throw DeployError(
        .configuration,
        "\(application.proxy) does not see the new content of \(application.site.file)",
        fix: proxy.running.container.map {
          "recreate the proxy (\(ProxyFinder.recreation(of: application, $0))), "
            + "and mount the folder instead of the file"
        } ?? "check what else writes \(proxy.sitePath)")
    }
    // From the next reload on, this configuration determines how clients reach the application.
    let (hosts, configuration) = (hosts, dump.configuration)
    let endpoint = ProxyEndpoint(
      of: application, by: hosts, in: configuration, site: proxy.sitePath,
      published: proxy.running)
    let log = NginxLog(of: hosts.all, in: configuration)
    context.state.update { facts in
      if let endpoint {
        facts.detected?.proxy.endpoint = endpoint
        let path = facts.proxy?.provingPath ?? endpoint.provingPath(for: application.health)
        facts.detected?.proxy.provingPath = path
      }
      facts.detected?.proxy.log = log
    }
    return dump
  }

  /// Makes sure that nginx does not also load a source of the site file: of two servers with one
  /// name it uses the first, and a switch would change nothing.
  func sourcesAreNotLoaded(_ dump: NginxDump, _ bytes: [UInt8]) throws {
    let proxy = try proxy()
    let contents = [bytes, proxy.siteBytes].filter { !$0.isEmpty }
    let double = dump.paths.first { path in
      path != proxy.sitePath && contents.contains { dump.shows($0, at: path) }
    }
    if let double { throw loadsTwice(double, proxy) }
  }

  /// The error if nginx also loads a copy of the site file.
  func loadsTwice(_ double: String, _ proxy: DeploymentState.Proxy) -> DeployError {
    DeployError(
      .configuration,
      "\(application.proxy.nginx) loads \(double) besides \(proxy.sitePath), which is a "
        + "copy of it: nginx would keep serving whichever comes first",
      fix: proxy.isRewritten
        ? "remove the copy, or give it a name that nginx does not include"
        : "keep \(application.site.blue) and \(application.site.green) out of the folder that "
          + "nginx includes, or give them names that it does not include")
  }

  /// Makes sure that every other file of nginx that sends requests to a colour follows the switch:
  /// otherwise its site fails once that colour is stopped, and nginx cannot even start without it.
  ///
  /// A file that names both colours chooses on its own, or shows each of them.
  func othersFollow(_ dump: NginxDump, from color: Color) throws {
    let (proxy, hosts) = (try proxy(), hosts)
    let upstreams = dump.configuration.root.allInside.filter { $0.name == "upstream" }
      .compactMap(\.words.last)
    for path in dump.paths where path != proxy.sitePath {
      // A copy of the site file is another fault.
      guard !dump.shows(proxy.siteBytes, at: path), let bytes = dump.content(of: path),
        let file = try? NginxConfiguration(bytes, path: path)
      else { continue }
      let named = Set(
        file.root.backends.subtracting(upstreams).flatMap { SiteText.hosts(in: $0[...]) })
      guard !named.isDisjoint(with: hosts[color]), named.isDisjoint(with: hosts[color.other])
      else { continue }
      let (old, new) = (application.serviceID(color), application.serviceID(color.other))
      throw DeployError(
        .configuration,
        "\(path) also sends requests to \(old), and a switch to \(new) does not change that file: "
          + "its site would fail once \(old) is stopped",
        fix: "write its server { … } into \(application.site.file); or define one `upstream` there "
          + "and name it in both files: `proxy_pass http://NAME;`")
    }
  }

  // MARK: Reload

  /// Why a command for the proxy failed.
  private func proxyFailure(
    _ call: HostCall, _ result: CommandResult, doing: String
  ) async throws -> DeployError {
    await ProxyFinder(context: context).failure(
      call, result, of: try proxy().running, doing: doing)
  }

  func workers(_ effect: HostOperation.Effect) async throws -> ProxyWorkers {
    let (finder, proxy) = (ProxyFinder(context: context), try proxy().running)
    guard let table = try await finder.processes(of: proxy, effect) else {
      return ProxyWorkers(ProcessTable(isWhole: false))
    }
    // A paused container still lists its processes.
    if context.state.current.doubt == .proxyDown, (try? await finder.isSame(proxy)) != nil {
      context.state.update { $0.seesProxy() }
    }
    return ProxyWorkers(table)
  }

  /// How long to wait for the answer of a version that may be dead: users wait for the reload, too.
  private static let patienceBefore: Duration = .seconds(1)

  func beforeReload() async throws -> Before {
    let (pids, answer) = try await context.clock.both {
      try await workersBefore()
    } _: {
      await throughProxy(.observe, within: Self.patienceBefore)
    }
    return Before(
      workers: pids, status: hasServed ? answer.status : nil,
      silence: answer.status == nil ? answer.text : nil)
  }

  /// The workers that a reload replaces.
  func workersBefore() async throws -> Set<Int> {
    let pids = try await workers(.observe).pids
    guard !pids.isEmpty else {
      throw DeployError(
        .environment, "found no worker of \(application.proxy.nginx)",
        fix: try proxy().running.container.map {
          "check that it runs nginx: `docker top \($0.name)`"
        } ?? "check that it runs: `ps -C nginx`")
    }
    return pids
  }

  /// Whether the proxy's answer at the start of the run may have come from the application: if no
  /// service was running, the same answer afterwards proves nothing.
  private var hasServed: Bool {
    let facts = context.state.current
    guard let active = facts.active else { return true }
    return facts.containers[application.serviceID(active)].main?.isRunning == true
  }

  /// Reloads, and returns once only the new configuration accepts connections and answers.
  ///
  /// - Parameter isSwitch: Whether the colour changes.
  /// - Returns: The proof; without a status if no answer came that can be the application's.
  @discardableResult
  func reload(
    _ before: Before, within: Duration, isSwitch: Bool = true
  ) async throws -> DeploymentState.ReloadProof {
    let (workers, deadline) = try await alone {
      try await load(since: before.workers, within: within, isSwitch: isSwitch)
    }
    if context.isDryRun {
      // What a real run would look at.
      _ = try await self.workers(.verify)
      _ = await throughProxy(.verify)
      return DeploymentState.ReloadProof()
    }
    let status = try await waitForAnswer(before, until: deadline, isSwitch: isSwitch)
    return DeploymentState.ReloadProof(workers: workers, status: status)
  }

  /// Makes nginx load its configuration, and waits until only new workers accept connections.
  ///
  /// - Returns: The new workers, and the time by which it must answer.
  private func load(
    since old: Set<Int>, within: Duration, isSwitch: Bool
  ) async throws -> (workers: Set<Int>, deadline: Duration) {
    let proxy = try proxy()
    if isSwitch {
      // The file may have changed since it was written, for example during an approval prompt.
      if context.node != nil { try await siteIsForTarget(else: "nginx is not reloaded") }
      context.state.update { $0.cutover = .reloading }
    }
    let call = docker.reload(proxy.running.nginx)
    let result = try await context.change(call)
    guard result.succeeded else {
      // nginx may have got the signal even if the command failed silently.
      if NginxErrorClassifier.isFromNginx(result.errors) {
        if isSwitch { context.state.update { $0.cutover = .refused } }
        throw NginxErrorClassifier.failure(
          result.errors, site: [], source: application.site.file, at: proxy.sitePath)
      }
      throw try await proxyFailure(call, result, doing: "reload the proxy")
    }
    let deadline = context.clock.now() + within
    guard !context.isDryRun else { return ([], deadline) }
    do {
      return (try await waitForWorkers(old, until: deadline, within), deadline)
    } catch is NotStarted {
      if isSwitch { context.state.update { $0.cutover = .refused } }
      throw DeployError(
        .reload,
        "nginx accepted the reload but kept its old configuration: no new worker within "
          + within.forPeople, fix: logTells, details: await log())
    }
  }

  /// nginx kept its old configuration.
  private struct NotStarted: Error {}

  private var logTells: String {
    "see the proxy's log: `\(logLine)`; the usual reason is a listen port in use"
  }

  /// The command that shows the proxy's log.
  var logLine: String {
    guard let proxy = context.state.current.proxy?.running.container else {
      return "sudo journalctl -u nginx -n 50"
    }
    return "\(application.logLine(of: proxy.name)) --tail 50"
  }

  /// - Returns: The new workers.
  private func waitForWorkers(
    _ old: Set<Int>, until deadline: Duration, _ within: Duration
  ) async throws -> Set<Int> {
    let began = context.clock.now()
    while true {
      let now = try await workers(.verify)
      let progress = now.progress(since: old)
      switch progress {
      case .drained, .draining: return now.pids.subtracting(old)
      case .notStarted, .starting: break
      }
      guard context.clock.now() < deadline else {
        if progress == .notStarted { throw NotStarted() }
        throw DeployError(
          .reload,
          "old nginx workers still accept connections \(within.forPeople) after the reload",
          fix: logTells, details: await log())
      }
      try await context.sleep(Self.pause(after: context.clock.now() - began))
    }
  }

  /// - Returns: The status of the first answer that can be the application's; `nil` if none can.
  private func waitForAnswer(
    _ before: Before, until deadline: Duration, isSwitch: Bool
  ) async throws -> Int? {
    guard let endpoint = try proxy().endpoint else {
      context.note(
        "\(application.proxy) publishes no port on this machine: its processes have the new "
          + "configuration, but no answer has proved it")
      return nil
    }
    while true {
      let answer = await throughProxy(.verify)
      if let status = answer.status, before.isAnswered(by: status) {
        if endpoint.isAnswered(for: provingPath) { return status }
        if isSwitch {
          context.warn(Self.provesNothing(answer.text, from: endpoint, application))
        }
        return nil
      }
      // By a port or a variable nginx reaches a target that has died without noticing it.
      if isSwitch, context.node != nil { try await gatedTargetLives() }
      guard context.clock.now() < deadline else {
        if answer.status == nil, answer.text == before.silence {
          // A server that closes the connection (`return 444`) does not mean a bad configuration.
          context.warn(
            "\(endpoint) gives no answer (\(answer.text)), as before the reload: only nginx's "
              + "processes prove that the new "
              + "configuration is loaded")
          return nil
        }
        throw DeployError(
          .reload,
          "the new configuration is loaded, but \(endpoint) \(answer.verdict) for \(provingPath)"
            + (before.status.map { $0 == answer.status ? "" : ", before it was HTTP \($0)" } ?? ""),
          fix: "see the proxy's log: `\(logLine)`"
            + (answer.status == 502
              ? "; for `upstream sent too big header` enlarge proxy_buffer_size, proxy_buffers and "
                + "proxy_busy_buffers_size" : ""),
          details: context.excerpt(of: answer.http) + (await log()))
      }
      try await context.sleep(.milliseconds(100))
    }
  }

  /// The path that is requested through the proxy.
  private var provingPath: String {
    context.state.current.proxy?.provingPath ?? application.health
  }

  /// Why an answer proves nothing, and what to specify in the plan.
  private static func provesNothing(
    _ answer: String, from endpoint: ProxyEndpoint, _ application: Application
  ) -> String {
    "the new configuration is loaded, but nothing proves that clients get the new version: "
      + endpoint.unknown(for: application.health, in: application)
      + ", so its answer (\(answer)) may be another site's; "
      + endpoint.cure(for: application.health)
  }

  /// Sends one request on the clients' route: for the plan's health path, or, if that does not lead to
  /// the application, for another one that does.
  func throughProxy(
    _ effect: HostOperation.Effect, within timeout: Duration = .seconds(5)
  ) async -> ProxyAnswer {
    guard let endpoint = context.state.current.proxy?.endpoint else {
      return ProxyAnswer(text: "nothing")
    }
    do {
      let answer = try await endpoint.get(
        provingPath, effect, timeout: timeout, in: context)
      return ProxyAnswer(http: answer, text: answer.map { "HTTP \($0.status)" } ?? "nothing")
    } catch OperationError.closed(let reason) {
      return ProxyAnswer(text: reason, isClosed: true)
    } catch {
      return ProxyAnswer(text: "\(error)")
    }
  }

  /// What the proxy gave to one request.
  struct ProxyAnswer {
    /// The answer; `nil` if there was none.
    var http: HTTPAnswer?
    /// The answer, or why there was none, for messages.
    var text: String
    /// Whether it closed the connection instead.
    var isClosed = false

    var status: Int? { http?.status }

    /// What the proxy does, as the end of a sentence: `answers HTTP 502`.
    var verdict: String {
      if http != nil { return "answers \(text)" }
      return text.hasPrefix("no answer") ? "gives \(text)" : "gives no answer (\(text))"
    }
  }

  /// The proxy's last log lines of this run: older ones have other causes.
  private func log() async -> [String] {
    guard let proxy = context.state.current.proxy?.running.container?.name else { return [] }
    let call = docker.logs(proxy, lines: 20, since: context.clock.now() + .seconds(1))
    return (try? await context.result(of: call, .verify))?.lines ?? []
  }

  /// Ends old workers that only finish their requests, and with them their connections.
  ///
  /// A worker that accepts new connections, or whose number belongs to another process by now, is
  /// left alone.
  ///
  /// - Returns: How many could not be ended.
  func end(_ old: Set<Int>) async throws -> Int {
    let proxy = try proxy().running
    var left = try await finishing(of: old)
    for (name, time) in [("TERM", Duration.seconds(5)), ("KILL", .seconds(3))] where !left.isEmpty {
      if let container = proxy.container {
        await ContainerSignal(container: container.name, context: context).send(name, to: left)
      } else {
        _ = try? await context.change(docker.kill(name, left, of: proxy.nginx))
      }
      let until = context.clock.now() + time
      repeat {
        try await context.sleep(.milliseconds(100))
        left = try await finishing(of: old)
      } while !left.isEmpty && context.clock.now() < until
    }
    return left.count
  }

  private func finishing(of old: Set<Int>) async throws -> [Int] {
    try await workers(.verify).workers.filter { $0.isShuttingDown && old.contains($0.pid) }
      .map(\.pid)
  }

  /// Waits for the old workers to finish; returns how many are left at the deadline.
  func drain(_ old: Set<Int>, upTo time: Duration) async throws -> Int {
    guard !context.isDryRun else { return 0 }
    let began = context.clock.now()
    let deadline = began + time
    var said = 0
    while true {
      let left = try await workers(.verify).left(of: old) ?? old.count
      guard left > 0, context.clock.now() < deadline else { return left }
      if left != said, context.clock.now() > began + .seconds(1) {
        context.note("waiting for \(ProxyWorkers.old(left)) to finish")
        said = left
      }
      try await context.sleep(Self.pause(after: context.clock.now() - began))
    }
  }
}
