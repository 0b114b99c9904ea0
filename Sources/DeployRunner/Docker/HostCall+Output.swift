import DeployDSL

extension HostCall {
  /// Reads what ``command`` printed.
  ///
  /// - Returns: the command's own result if it failed, printed something else, or if how it ended is
  ///   all that is asked.
  public func answer(from result: CommandResult) -> OperationResult {
    guard let value = try? value(in: result) else {
      guard case .marked = kind else { return .command(result) }
      // What it printed may hold secrets.
      return .command(CommandResult(status: result.status, errors: result.errors))
    }
    switch kind {
    case .up, .pruneImages, .request: return .answer(HostAnswer(value, printed: result))
    default: return .answer(HostAnswer(value))
    }
  }

  private func value(in result: CommandResult) throws -> HostAnswer.Value? {
    switch kind {
    // `docker inspect` prints those that it found even if some are gone.
    case .inspect where result.succeeded || result.errors.lowercased().contains("no such"):
      return .containers(try Container.parse(result.output))
    // A body that did not come to its end does not matter.
    case .fetch: return Self.http(CurlCommand.answer(in: result.output).flatMap(\.known))
    case .fetchInside(_, let tool, _, _):
      return Self.http(
        tool == "curl" ? CurlCommand.answerInside(result) : WgetCommand.answer(result))
    default: return result.succeeded ? try valueOfSuccess(result) : nil
    }
  }

  private func valueOfSuccess(_ result: CommandResult) throws -> HostAnswer.Value? {
    let lines = result.output.split(whereSeparator: \.isNewline)
    switch kind {
    case .project: return .project(try ComposeProject.parse(result.output))
    case .replacement: return .flag(result.text.contains("Recreate"))
    case .processes: return .processes(ProcessTable(top: result.output))
    case .networksInUse:
      return .names(lines.flatMap { $0.split(separator: ",").map(String.init) })
    case .endpoint, .machine: return .names(lines.map(String.init))
    case .containers, .networks:
      return .list(
        lines.map { line in
          let fields = line.split(separator: "\t", maxSplits: 1).map(String.init)
          return HostAnswer.Listed(fields[0], project: fields.dropFirst().first)
        })
    case .marked(_, let mark):
      let variable = "\(DockerCLI.marker)=\(mark)"
      return .pids(
        lines.compactMap { line in
          let words = line.split(separator: " ")
          return words.contains { $0 == variable } ? words.first.flatMap { Int($0) } : nil
        })
    case .isStopping(_, let signal): return .flag(Self.endsWithStop(lines, signal: signal))
    case .image: return .flag(true)
    // `Container app-green-1  Running` is what Compose says when it has left it as it was.
    case .up: return .flag(!result.errors.contains("  Running"))
    case .pruneImages:
      let total = lines.last { $0.contains("reclaimed space") }?.split(separator: ":").last
      return .freed(total.map { String($0.drop { $0 == " " }) })
    case .request: return Self.http(CurlCommand.answer(in: result.output))
    default: return nil
    }
  }

  private static func http(_ answer: HTTPAnswer?) -> HostAnswer.Value? {
    answer.map(HostAnswer.Value.http)
  }

  /// Whether the last thing that happened to a container was that it was asked to end.
  ///
  /// - Parameters:
  ///   - events: what ``DockerCLI/isStopping(_:)`` prints: `start`, `kill 15`, `die`.
  ///   - signal: the number of the signal that ends it, if it is not the usual one.
  private static func endsWithStop(_ events: [Substring], signal: Int?) -> Bool {
    // INT, QUIT, KILL and TERM; others are what programs reload or rotate logs at.
    let ending = Set([2, 3, 9, 15] + [signal].compactMap(\.self))
    return events.reduce(false) { isAsked, line in
      let words = line.split(separator: " ")
      guard words.first == "kill" else { return false }
      return isAsked || words.dropFirst().first.flatMap { Int($0) }.map(ending.contains) ?? true
    }
  }
}

extension HTTPAnswer {
  /// Itself, unless curl had no status to write.
  fileprivate var known: HTTPAnswer? { status > 0 ? self : nil }
}
