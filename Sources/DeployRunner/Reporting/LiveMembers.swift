import Synchronization

/// The last lines of a terminal, redrawn in place: one for each host that is being deployed, with its
/// current step.
final class LiveMembers: Sendable {
  private struct Member: Sendable {
    var progress: Progress
    var start: ContinuousClock.Instant
    var isAsking = false
  }

  private struct State: Sendable {
    var members: [Int: Member] = [:]
    /// How many lines are drawn.
    var drawn = 0
  }

  /// How many lines there are at most.
  private static let most = 16

  private let titles: [String]
  private let target: ReportSink
  private let style: ReportStyle
  private let state = Mutex(State())

  init(_ titles: [String], _ target: ReportSink, _ style: ReportStyle) {
    (self.titles, self.target, self.style) = (titles, target, style)
  }

  /// Writes above the lines.
  var sink: ReportSink {
    ReportSink { [self] text, channel in
      state.withLock { erase(&$0) }
      target.write(text, to: channel)
    }
  }

  /// Takes an event of a member.
  func take(_ event: DeploymentGroup.MemberEvent) {
    state.withLock { state in
      let (member, at) = (event.member, event.event.at)
      switch event.event.kind {
      case .runStarted(let graph, _):
        state.members[member] = Member(
          progress: Progress(graph: graph), start: .now.advanced(by: .zero - at))
      case .runFinished: state.members[member] = nil
      case .asked: state.members[member]?.isAsking = true
      case .nodeFinished:
        state.members[member]?.isAsking = false
        state.members[member]?.progress.follow(event.event)
      default: state.members[member]?.progress.follow(event.event)
      }
    }
  }

  /// Draws the lines again; not while someone types an answer.
  ///
  /// - Parameter silence: what is shown of a member of which nothing is heard, instead of its step.
  func redraw(silence: (_ member: Int) -> String? = { _ in nil }) {
    state.withLock { state in
      guard !state.members.values.contains(where: \.isAsking) else { return erase(&state) }
      let (width, columns) = (titles.map(\.width).max() ?? 0, max(10, style.width() - 1))
      let members = state.members.sorted { $0.key < $1.key }
      var lines = members.prefix(Self.most).map { number, member in
        let time = member.start.duration(to: .now)
        let line = member.progress.lines(at: time, room: 1, width: columns).first
        let step = [line?.text, line?.trailing].compactMap(\.self).joined(separator: "  ")
        let text = silence(number) ?? step
        return "\(titles[number].padded(toWidth: width))  \(text)"
      }
      if members.count > Self.most { lines.append("and \(members.count - Self.most) more") }
      guard !lines.isEmpty || state.drawn > 0 else { return }
      let text = lines.map { "\($0.showable.truncated(toWidth: columns))\u{1B}[K\n" }.joined()
      // End above the lines, so that other output, such as a crash message, overwrites them.
      target.write(
        "\r\(text)\u{1B}[J" + (lines.isEmpty ? "" : "\u{1B}[\(lines.count)A"), to: .results)
      state.drawn = lines.count
    }
  }

  /// Removes the lines.
  func end() {
    state.withLock { state in
      state.members = [:]
      erase(&state)
    }
  }

  private func erase(_ state: inout State) {
    guard state.drawn > 0 else { return }
    target.write("\r\u{1B}[J", to: .results)
    state.drawn = 0
  }
}

extension Progress {
  /// Takes what it shows from an event.
  fileprivate mutating func follow(_ event: Event) {
    switch event.kind {
    case .nodeStarted: if let node = event.node { begin(node, at: event.at) }
    case .probe(let attempt, let count, let answer, _):
      if let node = event.node { describe(node, "attempt \(attempt)/\(count) \(answer)") }
    case .retry(let attempt, let count, _):
      if let node = event.node { describe(node, "attempt \(attempt)/\(count)") }
    case .nodeFinished(let report): _ = end(report.node, mayFollow: false)
    case .undoStarted(let what): undo(what, at: event.at)
    case .undoFinished: undo(nil, at: .zero)
    default: break
    }
  }
}
