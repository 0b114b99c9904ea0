import CBgrun
import DeployRunner

/// A run of another process on this host, as its files show it.
struct FollowedRun {
  /// How often a run that does not begin is looked at.
  private static let most = 200

  let id: RunID
  /// The process of the run, once it has begun.
  private(set) var process: ProcessIdentity?
  /// The run's exit code, once it has ended.
  private(set) var exitCode: Int32?
  /// Whether its process is gone, and everything that it wrote was read.
  private(set) var isGone = false
  private let store: EventStore
  private let first: Int
  private let child: Int32?
  private var status: Int32?
  private var events: OpenFile?
  private var printed: OpenFile?
  private var (eventBytes, printedBytes) = (0, 0)
  private var lines = Lines()
  private var line = 0
  private var looks = 0

  /// - Parameters:
  ///   - first: the first line of its events that is news.
  ///   - child: its process, if this process has started it.
  init(_ id: RunID, _ store: EventStore, from first: Int, child: Int32?) {
    (self.id, self.store, self.first, self.child) = (id, store, first, child)
  }

  /// The run that is under way, otherwise the last one that another deploy did not keep out.
  static func newest(in store: EventStore) throws -> RunID? {
    let runs = try store.runs()
    var keptOut: Set<RunID> = []
    for id in runs {
      var run = FollowedRun(id, store, from: 0, child: nil)
      _ = try run.news()
      if run.exitCode == nil, run.process?.isAlive == true { return id }
      if run.exitCode == LockError.exitCode { keptOut.insert(id) }
    }
    return runs.first { !keptOut.contains($0) } ?? runs.first
  }

  /// What has happened since the last call.
  mutating func news() throws -> [HostReply] {
    // What it wrote before its process ended is read after that.
    let hasEnded = hasEnded
    var news: [HostReply] = []
    if events == nil, let file = try store.events(of: id) {
      events = file
      news.append(.started(id))
    }
    if let events {
      let bytes = events.bytes(from: eventBytes)
      eventBytes += bytes.count
      for text in lines.lines(after: bytes) {
        take(text)
        if line >= first { news.append(.record(line: line, text)) }
        line += 1
      }
    }
    if printed == nil {
      printed = try store.output(of: id)
      // Who joins again has seen what was printed before.
      if first > 0 { printedBytes = printed?.bytes(from: 0).count ?? 0 }
    }
    if let text = printed?.bytes(from: printedBytes), !text.isEmpty {
      printedBytes += text.count
      news.insert(.text(String(decoding: text, as: UTF8.self)), at: 0)
    }
    isGone = hasEnded && exitCode == nil
    return news
  }

  private mutating func take(_ text: String) {
    switch RunRecord(jsonLine: text.utf8) {
    case .began(let beginning): process = beginning.process
    case .ended(let exitCode, _): self.exitCode = exitCode
    default: break
    }
  }

  private var hasEnded: Bool {
    mutating get {
      looks += 1
      var found: Int32 = 0
      if let child, status == nil, waitpid(child, &found, WNOHANG) == child {
        status = cbgrun_exit_status(found)
      }
      if status != nil { return true }
      if let process { return process.isAlive == false }
      return child == nil && looks > Self.most
    }
  }

  /// How a run whose process is gone has ended.
  func end(in state: StateFolder) -> HostReply {
    if process == nil, let status { return .ended(exitCode: status) }
    // There may have been no room on the disk for its last record.
    if let end = try? state.journal.open(id).state.end { return .ended(exitCode: end.exitCode) }
    return .lost(id)
  }
}
