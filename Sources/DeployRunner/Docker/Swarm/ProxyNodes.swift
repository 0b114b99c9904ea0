import DeployDSL

/// The nodes of a Swarm on which the proxy runs, as if they were one machine: what a run asks of the
/// proxy is asked of each, and counts only if all agree.
///
/// The proxy's containers are one container with a name of all, `web1:ID+web2:ID`: if a task is replaced
/// during a run, its ID is gone, and nothing is taken for the proxy that was not looked at.
struct ProxyNodes: Sendable {
  /// A node, and the way to it.
  struct Node: Sendable {
    var name: String
    var machine: DockerExecutor
  }

  /// The PIDs of the n-th node begin at n times this number: Linux has no greater ones.
  private static let firstPID = 1 << 23
  /// How long nginx on one node may take to start new workers before the next node's turn.
  private static let patience: Duration = .seconds(10)

  let nodes: [Node]
  let clock: RunClock

  /// Whether the proxy is what a name or ID stands for.
  static func isName(_ name: String) -> Bool {
    name.contains("+") && name.contains(":") && !name.contains("/")
  }

  /// The name of the proxy's containers.
  static func name(_ ids: [(node: String, id: String)]) -> String {
    // A single one has the mark, too.
    ids.map { "\($0.node):\($0.id)" }.joined(separator: "+") + (ids.count == 1 ? "+" : "")
  }

  /// Each node with its own container.
  private func parts(of name: String) throws -> [(node: Node, id: String)] {
    let ids = name.split(separator: "+").map { part in
      part.lastIndex(of: ":").map { String(part[part.index(after: $0)...]) } ?? ""
    }
    guard ids.count == nodes.count else {
      throw DeployError(
        .interference, "the proxy's nodes have changed during this run",
        fix: "check the state: `bgrun status PLAN`")
    }
    return Array(zip(nodes, ids))
  }

  // MARK: Containers

  /// The one container of the proxy on each node.
  func list(
    _ argv: [String], of service: String, _ time: Duration
  ) async throws -> [(node: String, id: String)] {
    var found: [(node: String, id: String)] = []
    for node in nodes {
      let look = HostOperation(.command(Command(argv)), effect: .observe, timeout: time)
      let reply = try await telling(node) { try await node.machine.perform(look) { _ in } }
      guard case .command(let result) = reply, result.succeeded else {
        throw DockerErrorClassifier.failure(
          Command(argv), reply.printed ?? CommandResult(status: 1),
          doing: "look for the proxy on \(node.name)")
      }
      let ids = result.output.split(whereSeparator: \.isNewline).map(String.init)
      guard ids.count == 1 else {
        throw DeployError(
          .environment, "\(service) has \(ids.count) running tasks on \(node.name) instead of one",
          fix:
            "see `docker service ps --no-trunc \(service)`: the nodes in proxies: are those that it "
            + "runs on")
      }
      found.append((node.name, ids[0]))
    }
    return found
  }

  /// The proxy as one container; `nil` if one of its containers is gone, or has ended: a Swarm never
  /// starts it again, but makes another one.
  func inspect(
    _ name: String, _ inspect: (Node, String) async throws -> Container?
  ) async throws -> Container? {
    var all: [Container] = []
    for (node, id) in try parts(of: name) {
      guard let container = try await inspect(node, id), !container.hasEnded else { return nil }
      all.append(container)
    }
    guard var proxy = all.first else { return nil }
    for (node, container) in zip(nodes, all).dropFirst() where container.mounts != proxy.mounts {
      throw DeployError(
        .environment,
        "the proxy has other mounts on \(node.name) than on \(nodes[0].name): \(container.mounts.map(\.source).joined(separator: ", "))",
        fix: "define it as one service of the stack that mounts the same folder on each node")
    }
    (proxy.id, proxy.name) = (name, name)
    proxy.startedAt = all.map(\.startedAt).joined(separator: "+")
    proxy.networks = all.dropFirst().reduce(proxy.networks) { $0.intersection($1.networks) }
    if let down = zip(nodes, all).first(where: { !$0.1.isRunning }) {
      // What is told of it is about this one.
      (proxy.name, proxy.status, proxy.node) = (down.1.name, down.1.status, down.0.name)
    }
    return proxy
  }

  // MARK: Calls

  /// Performs a call on each node's own container.
  func perform(
    _ call: HostCall, for name: String, _ operation: HostOperation,
    _ output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> OperationResult {
    var replies: [OperationResult] = []
    for (index, part) in try parts(of: name).enumerated() {
      var own = operation
      own.request = .call(call.with(container: name, replacedBy: part.id))
      let before = try await workers(at: index, part, of: call)
      let reply = try await telling(part.node) {
        try await part.node.machine.perform(own, output: output)
      }
      if let result = reply.printed, !result.succeeded {
        return .command(result.on(part.node.name))
      }
      if let before, let failure = try await waitForWorkers(before, part, operation) {
        return .command(failure)
      }
      if case .answer(let answer) = reply, case .http(let http) = answer.value, http.status >= 400 {
        return reply
      }
      replies.append(reply)
    }
    return combined(replies, call)
  }

  /// One reply of all.
  private func combined(_ replies: [OperationResult], _ call: HostCall) -> OperationResult {
    guard let first = replies.first else { return .assumed }
    switch call.kind {
    case .processes:
      let tables = replies.map { reply -> ProcessTable in
        if case .processes(let table)? = reply.value { table } else { ProcessTable(isWhole: false) }
      }
      return .answer(HostAnswer(.processes(Self.merged(tables))))
    case .testProxy:
      for (node, reply) in zip(nodes, replies).dropFirst()
      where reply.printed?.output != first.printed?.output {
        return .command(
          CommandResult(
            status: 1,
            errors: "nginx on \(node.name) reads another configuration than on \(nodes[0].name): "
              + Self.difference(first.printed?.output ?? "", reply.printed?.output ?? "")))
      }
      return first
    case .logs:
      let text = replies.map { $0.printed?.text ?? "" }.joined()
      return .command(CommandResult(status: 0, output: text))
    default: return first
    }
  }

  /// The first line in which two configurations differ.
  private static func difference(_ one: String, _ other: String) -> String {
    let (mine, theirs) = (one.split(separator: "\n"), other.split(separator: "\n"))
    let pair = zip(mine, theirs).first { $0.0 != $0.1 }
    return pair.map { "`\($0.1.trimmed)` instead of `\($0.0.trimmed)`" } ?? "one of them is longer"
  }

  /// The processes of all nodes, with PIDs that differ.
  private static func merged(_ tables: [ProcessTable]) -> ProcessTable {
    var rows: [ProcessTable.Row] = []
    for (index, table) in tables.enumerated() {
      rows += table.rows.map { row in
        ProcessTable.Row(pid: row.pid + index * firstPID, age: row.age, command: row.command)
      }
    }
    return ProcessTable(rows, isWhole: tables.allSatisfy(\.isWhole))
  }

  // MARK: Node after node

  /// The workers of one node before its reload; `nil` for other calls, and at the last node, which the
  /// caller waits for.
  private func workers(
    at index: Int, _ part: (node: Node, id: String), of call: HostCall
  ) async throws -> Set<Int>? {
    guard case .reloadProxy = call.kind, index < nodes.count - 1 else { return nil }
    return try await workers(of: part)?.pids
  }

  private func workers(of part: (node: Node, id: String)) async throws -> ProxyWorkers? {
    let look = HostOperation(
      .call(DockerCLI.top(part.id)), effect: .verify, timeout: .seconds(20))
    let reply = try await part.node.machine.perform(look) { _ in }
    guard case .processes(let table)? = reply.value else { return nil }
    return ProxyWorkers(table)
  }

  /// Waits until only new workers of a node accept connections.
  ///
  /// - Returns: Why that did not happen.
  private func waitForWorkers(
    _ old: Set<Int>, _ part: (node: Node, id: String), _ operation: HostOperation
  ) async throws -> CommandResult? {
    let deadline = clock.now() + min(Self.patience, operation.timeout)
    while true {
      switch try await workers(of: part)?.progress(since: old) {
      case .drained?, .draining?: return nil
      default: break
      }
      guard clock.now() < deadline else {
        return CommandResult(
          status: 1,
          errors: "nginx on \(part.node.name) kept its old configuration; the nodes after it were "
            + "not reloaded")
      }
      try await clock.sleep(for: .milliseconds(100))
    }
  }

  // MARK: Requests and files

  /// Performs a request to 127.0.0.1 on every node, and returns the worst answer.
  func ask(_ operation: HostOperation) async throws -> OperationResult {
    var worst: OperationResult?
    for node in nodes {
      let reply = try await telling(node) { try await node.machine.perform(operation) { _ in } }
      guard let status = reply.httpStatus else { return reply }
      if status > worst?.httpStatus ?? 0 { worst = reply }
    }
    return worst ?? .assumed
  }

  /// Reads a file that must be the same on every node.
  func read(_ path: String, _ operation: HostOperation) async throws -> OperationResult {
    var found: FileSnapshot?
    for node in nodes {
      let reply = try await telling(node) { try await node.machine.perform(operation) { _ in } }
      guard case .file(var snapshot) = reply else { return reply }
      if let known = found, known.content != snapshot.content {
        throw DeployError(
          .disagreement, "\(path) on \(node.name) differs from the one on \(nodes[0].name)",
          fix: "find out which configuration each nginx has loaded, and copy the right file to the "
            + "other nodes; an interrupted run is continued by `bgrun resume PLAN` then")
      }
      snapshot.age = min(found?.age ?? snapshot.age, snapshot.age)
      found = snapshot
    }
    return found.map(OperationResult.file) ?? .assumed
  }

  /// Writes a file on every node, or, if one cannot, restores it on those before.
  func write(_ file: FileWrite, _ operation: HostOperation) async throws {
    var old: [(node: Node, bytes: [UInt8])] = []
    for node in nodes {
      do {
        let look = HostOperation(
          .readFile(path: file.path), effect: .observe, timeout: operation.timeout)
        let present = try await node.machine.perform(look) { _ in }
        _ = try await telling(node) { try await node.machine.perform(operation) { _ in } }
        if case .file(let snapshot) = present, case .file(let bytes) = snapshot.content {
          old.append((node, bytes))
        }
      } catch {
        for (node, bytes) in old.reversed() {
          var back = file
          back.bytes = bytes
          let undo = HostOperation(
            .writeFile(back), effect: .change, timeout: operation.timeout)
          _ = try? await uncancelled { try await node.machine.perform(undo) { _ in } }
        }
        throw error
      }
    }
  }

  /// Names the node in what it could not do.
  private func telling<Value>(
    _ node: Node, _ body: () async throws -> Value
  ) async throws -> Value {
    do {
      return try await body()
    } catch OperationError.file(let path, let reason) {
      throw OperationError.file(path: "\(node.name):\(path)", reason: reason)
    } catch OperationError.refused(let reason) {
      throw OperationError.refused(reason: "\(node.name): \(reason)")
    } catch OperationError.noAnswer(let reason) {
      throw OperationError.noAnswer(reason: "\(node.name): \(reason)")
    }
  }
}

extension HostCall {
  /// The same call to another container.
  fileprivate func with(container name: String, replacedBy id: String) -> HostCall {
    var command = command
    command.argv = command.argv.map { $0 == name ? id : $0 }
    if case .processes = kind { return HostCall(.processes(container: id), command) }
    return HostCall(kind, command)
  }
}

extension CommandResult {
  /// The same with the node's name in what it says.
  fileprivate func on(_ node: String) -> CommandResult {
    CommandResult(status: status, output: output, errors: errors + "(on \(node))\n")
  }
}

extension OperationResult {
  fileprivate var httpStatus: Int? {
    switch self {
    case .http(let answer): answer.status
    case .answer(let answer): if case .http(let http) = answer.value { http.status } else { nil }
    default: nil
    }
  }
}

extension Substring {
  fileprivate var trimmed: String {
    String(drop { $0.isWhitespace })
  }
}
