extension HostQuery {
  /// Reads what ``command`` printed.
  ///
  /// - Returns: the command's own result if it failed, or printed something else.
  public func answer(from result: CommandResult) -> OperationResult {
    // `docker inspect` prints those that it found even if some are gone.
    let isPartial = if case .inspect = subject { result.namesNoSuchContainer } else { false }
    guard result.succeeded || isPartial, let value = try? value(in: result) else {
      guard case .marked = subject else { return .command(result) }
      // What it printed may hold secrets.
      return .command(CommandResult(status: result.status, errors: result.errors))
    }
    return .answer(HostAnswer(value))
  }

  private func value(in result: CommandResult) throws -> HostAnswer.Value {
    let lines = result.output.split(whereSeparator: \.isNewline)
    switch subject {
    case .project: return .project(try ComposeProject.parse(result.output))
    case .replacement: return .flag(result.text.contains("Recreate"))
    case .inspect: return .containers(try Container.parse(result.output))
    case .processes: return .processes(ProcessTable(top: result.output))
    case .networksInUse:
      return .names(lines.flatMap { $0.split(separator: ",").map(String.init) })
    case .endpoint: return .names(lines.map(String.init))
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
    }
  }
}

extension CommandResult {
  fileprivate var namesNoSuchContainer: Bool { errors.lowercased().contains("no such") }
}
