import DeployDSL

/// Tracks the current progress: the running steps and the latest message of each.
struct Progress {
  private struct Running {
    var node: Int
    var begin: Duration
    var text = ""
    var answer: String?
    var held: [Message] = []
    var asked: Set<String> = []
  }

  private var running: [Running] = []
  /// The effect of an interruption now, where it is worth showing: `back to blue`.
  var interruption: String?
  private var undoing: (what: String, begin: Duration)?
  private var names: [String] = []
  private let silent: Set<Int>

  /// The width of the name column, within limits.
  let nameWidth: Int

  init(graph: StepGraph? = nil) {
    names = graph?.nodes.map(\.name) ?? []
    silent = Set(graph?.nodes.filter { $0.step.isMeetingPoint }.map(\.id) ?? [])
    nameWidth = min(28, names.map(\.width).max() ?? 0)
  }

  mutating func begin(_ node: Int, at time: Duration) {
    guard !silent.contains(node) else { return }
    running.append(Running(node: node, begin: time))
  }

  mutating func describe(_ node: Int, _ text: String) {
    guard let index = running.firstIndex(where: { $0.node == node }) else { return }
    running[index].text = text
  }

  /// Stores a health check's answer; returns whether it differs from the previous one.
  mutating func answered(_ node: Int, _ answer: String) -> Bool {
    guard let index = running.firstIndex(where: { $0.node == node }) else { return true }
    defer { running[index].answer = answer }
    return running[index].answer != answer
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
  mutating func end(_ node: Int) -> [Message] {
    guard let index = running.firstIndex(where: { $0.node == node }) else { return [] }
    return running.remove(at: index).held
  }

  mutating func undo(_ what: String?, at time: Duration) { undoing = what.map { ($0, time) } }

  /// The live line: the longest-running step, and the number of other running steps.
  func line(at time: Duration) -> String? {
    let spinner = Self.spinner(at: time)
    if let undoing {
      return "\(spinner) undo: \(undoing.what)  \((time - undoing.begin).inRecord)"
    }
    guard let first = running.first else { return nil }
    let name = names.indices.contains(first.node) ? names[first.node] : "step \(first.node)"
    var parts = [name.padded(toWidth: nameWidth)]
    if !first.text.isEmpty { parts.append(first.text.showable) }
    parts.append((time - first.begin).inRecord)
    if let interruption { parts.append("^C: \(interruption)") }
    if running.count > 1 { parts.append("(and \(running.count - 1) more)") }
    return "\(spinner) " + parts.joined(separator: "  ")
  }

  private static func spinner(at time: Duration) -> Character {
    let frames: [Character] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
    return frames[Int(max(0, time.inSeconds) * 10) % frames.count]
  }
}
