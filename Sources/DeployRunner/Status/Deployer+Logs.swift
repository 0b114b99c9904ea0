package import DeployDSL

/// A line that a container has printed.
package struct LogLine: Sendable, Encodable {
  package var color: Color
  package var service: String
  package var container: String
  /// When, as the engine says it; `nil` if it does not.
  package var time: String?
  package var text: String

  /// The colour, and the container's name if it is not the only one of the colour.
  package var label: String

  /// By time; lines of one container keep their order even where two have the same time.
  static func inOrder(_ lines: [LogLine]) -> [LogLine] {
    lines.enumerated().sorted { one, other in
      (one.element.time ?? "", one.offset) < (other.element.time ?? "", other.offset)
    }.map(\.element)
  }

  private enum CodingKeys: String, CodingKey { case color, service, container, time, text }
}

extension Deployer {
  /// Reads what both colours have printed since the last run began, in the order of time.
  ///
  /// - Parameters:
  ///   - lines: the last lines of each container.
  ///   - follows: whether to wait for more lines, until the calling task is cancelled.
  /// - Returns: Whether there was nothing.
  /// - Throws: ``/DeployDSL/DeployError`` if the host cannot be queried.
  package func readLogs(
    of application: Application, lines count: Int, follows: Bool,
    _ each: @escaping @Sendable (LogLine) -> Void
  ) async throws -> Bool {
    let context = ActionContext.looking(at: application, by: executor, knowing: options.secrets)
    let (_, containers) = try await ComposeInspector(context: context).projectAndContainers()
    let began = try state(of: application)?.journal.newest()?.header?.started
    let age = began.map { Duration.seconds(max(0, Timestamp.now.seconds - $0.seconds)) }
    let sources = Color.allCases.flatMap { color in
      let services = application.serviceIDs(color)
      let own = containers.filter { services.contains(context.serviceID(of: $0)) }
        .sorted { $0.name < $1.name }
      return own.map { LogSource(color: color, container: $0, isOnly: own.count == 1) }
    }
    guard follows else {
      var lines: [LogLine] = []
      for source in sources {
        let call = context.docker.logs(
          source.container.name, lines: count, since: age, isTimed: true)
        let result = try await context.result(of: call, .observe)
        lines += (result?.lines ?? []).map(source.line)
      }
      for line in LogLine.inOrder(lines) { each(line) }
      return lines.isEmpty
    }
    await withTaskGroup(of: Void.self) { group in
      for source in sources {
        let call = context.docker.logs(
          source.container.name, lines: count, since: age, isTimed: true, follows: true)
        let operation = HostOperation(.call(call), effect: .observe, timeout: .seconds(31_536_000))
        group.addTask {
          // The log of one that is removed ends, those of the others do not.
          _ = try? await executor.perform(operation) { each(source.line($0.text)) }
        }
      }
    }
    return sources.isEmpty
  }
}

/// A container whose log is read.
struct LogSource: Sendable {
  let color: Color
  let container: Container
  let isOnly: Bool

  /// Takes the time off a line.
  func line(_ text: String) -> LogLine {
    let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    let time = parts.first.flatMap { Timestamp(engine: String($0)) == nil ? nil : String($0) }
    return LogLine(
      color: color, service: container.service, container: container.name, time: time,
      text: time == nil ? text : parts.count > 1 ? String(parts[1]) : "",
      label: isOnly ? color.rawValue : "\(color) \(container.name)")
  }
}
