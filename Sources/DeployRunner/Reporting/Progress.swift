import DeployDSL

/// Tracks the current progress: the running steps and the latest message of each, and those to come.
struct Progress {
  private struct Running {
    var node: Int
    var begin: Duration
    var text = ""
    /// What its command printed last.
    var output = ""
    var deadline: Duration?
    /// The answers that its probes got, with the numbers of good and bad ones.
    var answers: Set<String> = []
    var good = 0
    var bad = 0
    var held: [Message] = []
    var asked: Set<String> = []
  }

  private var running: [Running] = []
  /// The effect of an interruption now, where the run has told it: `go back to blue`.
  private var interruption: String?
  /// Whether a reload can no longer roll the run back.
  private var isCommitted = false
  /// Whether the run has changed something.
  private var hasChanged = false
  private var undoing: (what: String, begin: Duration)?
  private let nodes: [Node]
  private var ended: Set<Int> = []
  /// How long the run will take, according to earlier runs, and how many those are.
  private(set) var estimate: (duration: Duration, runs: Int)?

  /// The width of the name column, within limits.
  let nameWidth: Int

  init(graph: StepGraph? = nil) {
    nodes = graph?.nodes.filter { !$0.step.isMeetingPoint } ?? []
    nameWidth = min(28, nodes.map(\.name.width).max() ?? 0)
  }

  // MARK: Events

  mutating func begin(_ node: Int, at time: Duration) {
    guard nodes.isEmpty || nodes.contains(where: { $0.id == node }) else { return }
    // A step that is repeated is not done.
    ended.remove(node)
    running.append(Running(node: node, begin: time))
  }

  private mutating func change(_ node: Int?, _ change: (inout Running) -> Void) {
    guard let index = running.firstIndex(where: { $0.node == node }) else { return }
    change(&running[index])
  }

  mutating func describe(_ node: Int, _ text: String) { change(node) { $0.text = text } }

  mutating func printed(_ text: String, _ node: Int?) { change(node) { $0.output = text } }

  mutating func limit(_ node: Int?, _ deadline: Duration) {
    change(node) { $0.deadline = deadline }
  }

  mutating func expects(_ duration: Duration, runs: Int) { estimate = (duration, runs) }

  /// What Ctrl-C would do now: `stop and roll back`.
  var effectOfInterruption: String {
    interruption
      ?? (isCommitted
        ? "stop, the new version keeps serving"
        : hasChanged ? "stop and roll back" : "stop, nothing is changed yet")
  }

  mutating func interruptionMeans(_ text: String?) {
    (interruption, isCommitted) = (text, text == nil)
  }

  /// An operation has begun.
  mutating func does(_ operation: OperationEntry) {
    hasChanged = hasChanged || operation.effect == .change && !operation.isSkipped
  }

  /// Stores a health check's answer; returns whether it is the first such answer.
  mutating func answered(_ node: Int, _ answer: String, isGood: Bool) -> Bool {
    var isNews = true
    change(node) { step in
      step.text = answer
      (step.good, step.bad) = (step.good + (isGood ? 1 : 0), step.bad + (isGood ? 0 : 1))
      isNews = step.answers.insert(answer).inserted
    }
    return isNews
  }

  /// Whether the step does this for the first time.
  mutating func isFirst(_ operation: String, of node: Int?) -> Bool {
    guard let index = running.firstIndex(where: { $0.node == node }) else { return true }
    return running[index].asked.insert(operation).inserted
  }

  /// Keeps a message until its step ends; returns `false` if the step is not running.
  mutating func hold(_ message: Message, of node: Int) -> Bool {
    guard let index = running.firstIndex(where: { $0.node == node }) else { return false }
    running[index].held.append(message)
    return true
  }

  /// Removes a step; returns the messages kept for it.
  mutating func end(_ node: Int, mayFollow: Bool) -> [Message] {
    if !mayFollow { ended.insert(node) }
    guard let index = running.firstIndex(where: { $0.node == node }) else { return [] }
    return running.remove(at: index).held
  }

  /// An undo has started; `nil`: it has ended. Returns how long it took.
  @discardableResult
  mutating func undo(_ what: String?, at time: Duration) -> Duration? {
    defer { undoing = what.map { ($0, time) } }
    return undoing.map { time - $0.begin }
  }

  // MARK: Lines

  /// The lines that a terminal redraws: the running steps, those to come, and how far the run is.
  ///
  /// - Parameters:
  ///   - room: the maximum number of lines.
  ///   - width: the columns of a line.
  func lines(at time: Duration, room: Int, width: Int) -> [LiveLine] {
    let spinner = Self.spinner(at: time)
    if let undoing {
      return [
        LiveLine(
          kind: .running, text: "\(spinner) undo: \(undoing.what)",
          trailing: (time - undoing.begin).inRecord)
      ]
    }
    guard !running.isEmpty else { return [] }
    let foot = footer(at: time, width: width).map { LiveLine(kind: .quiet, text: "  \($0)") }
    let now = running.flatMap { step in
      [
        LiveLine(
          kind: .running, text: "\(spinner) \(text(of: step, at: time))",
          trailing: (time - step.begin).inRecord)
      ] + (step.output.isEmpty ? [] : [LiveLine(kind: .quiet, text: "    | \(step.output)")])
    }
    let next = nodes.filter { step in
      !ended.contains(step.id) && !running.contains { $0.node == step.id }
    }.map { LiveLine(kind: .quiet, text: "  \($0.name)") }
    return Self.fitting(now + next, in: room - foot.count) + foot
  }

  /// A line for a log about each running step that takes long.
  func pulse(at time: Duration) -> [Message] {
    running.map { step in
      Message(
        .note,
        "\(text(of: step, at: time, isPadded: false)), \((time - step.begin).inRecord) so far",
        indent: 2)
    }
  }

  private func text(of step: Running, at time: Duration, isPadded: Bool = true) -> String {
    let node = nodes.first { $0.id == step.node }
    let name = node?.name ?? "step \(step.node)"
    let isCounted = node?.kind == "watch"
    var parts: [String] = []
    if let deadline = step.deadline {
      parts.append("\(Self.whole(max(.zero, deadline - time))) left")
    }
    if isCounted {
      parts.append("\(step.good) good, \(step.bad) bad")
    } else if !step.text.isEmpty {
      parts.append(step.text.showable)
    }
    guard !parts.isEmpty else { return name }
    return isPadded
      ? name.padded(toWidth: nameWidth) + "  " + parts.joined(separator: " · ")
      : "\(name): " + parts.joined(separator: ", ")
  }

  /// How far the run is, how long it takes, and what Ctrl-C would do.
  private func footer(at time: Duration, width: Int) -> [String] {
    let took = time.inRecord + (estimate.map { " of about \(Self.whole($0.duration))" } ?? "")
    let parts = ["\(ended.count)/\(nodes.count) · \(took)", "^C: \(effectOfInterruption)"]
    let line = parts.joined(separator: " · ")
    return line.width + 2 < width ? [line] : parts
  }

  /// The first lines, and the number of others.
  private static func fitting(_ lines: [LiveLine], in room: Int) -> [LiveLine] {
    guard lines.count > room else { return lines }
    let kept = lines.prefix(max(1, room - 1))
    return kept + [LiveLine(kind: .quiet, text: "  … and \(lines.count - kept.count) more lines")]
  }

  /// In whole seconds.
  private static func whole(_ time: Duration) -> String {
    let seconds = Int(time.inSeconds.rounded(.up))
    return seconds < 60 ? "\(seconds) s" : Duration.seconds(seconds).inRecord
  }

  private static func spinner(at time: Duration) -> Character {
    let frames: [Character] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
    return frames[Int(max(0, time.inSeconds) * 10) % frames.count]
  }
}
