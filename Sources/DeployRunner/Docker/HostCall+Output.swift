import DeployDSL

extension HostCall {
  /// Parses the output of ``command``.
  ///
  /// - Returns: the command's result if it failed, if its output could not be parsed, or if the
  ///   call has no other answer.
  public func answer(from result: CommandResult) -> OperationResult {
    guard let value = try? value(in: result) else {
      guard case .marked = kind else { return .command(result) }
      // Its output may contain secrets.
      return .command(CommandResult(status: result.status, errors: result.errors))
    }
    switch kind {
    case .up, .pruneImages, .request: return .answer(HostAnswer(value, printed: result))
    default: return .answer(HostAnswer(value))
    }
  }

  private func value(in result: CommandResult) throws -> HostAnswer.Value? {
    switch kind {
    // `docker inspect` prints the containers that it found even if some are missing.
    case .inspect where result.succeeded || result.errors.lowercased().contains("no such"):
      return .containers(try Container.parse(result.output))
    // An incomplete body does not matter.
    case .fetch: return Self.http(CurlCommand.answer(in: result.output).flatMap(\.known))
    case .fetchInside(_, let tool, _, _, _):
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
    case .processes, .hostProcesses: return .processes(ProcessTable(top: result.output))
    case .networksInUse:
      return .names(lines.flatMap { $0.split(separator: ",").map(String.init) })
    case .claimant: return .names([result.output])
    case .endpoint, .machine, .engineFolder, .image: return .names(lines.map(String.init))
    // `nginx version: nginx/1.22.1`, or only the number; some commands write a `v` before it.
    case .version:
      let word = result.text.split { $0.isWhitespace || $0 == "/" }.last { word in
        word.drop { $0 == "v" }.first?.isNumber == true
      }
      return word.map { .names([String($0.drop { $0 == "v" })]) }
    case .room:
      // The fourth column of the last line, in KiB.
      let fields = lines.last?.split(separator: " ") ?? []
      return fields.count > 3 ? Int(fields[3]).map { .bytes($0 * 1024) } : nil
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
    case .mayWrite: return .flag(true)
    case .isPulled: return .flag(!lines.isEmpty)
    // `Container app-green-1  Running` means that Compose has not changed that container.
    case .up:
      return .flag(result.errors.contains("  Started") || !result.errors.contains("  Running"))
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

  /// Whether a container's last event was a request to stop.
  ///
  /// - Parameters:
  ///   - events: the output of ``DockerCLI/isStopping(_:)``: `start`, `kill 15`, `die`.
  ///   - signal: the number of its stop signal, if not the default.
  private static func endsWithStop(_ events: [Substring], signal: Int?) -> Bool {
    // INT, QUIT, KILL and TERM; programs use other signals to reload or to rotate logs.
    let ending = Set([2, 3, 9, 15] + [signal].compactMap(\.self))
    return events.reduce(false) { isAsked, line in
      let words = line.split(separator: " ")
      guard words.first == "kill" else { return false }
      return isAsked || words.dropFirst().first.flatMap { Int($0) }.map(ending.contains) ?? true
    }
  }
}

extension HTTPAnswer {
  /// The answer, unless curl got no status.
  fileprivate var known: HTTPAnswer? { status > 0 ? self : nil }
}
