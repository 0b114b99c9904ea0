import DeployDSL

/// Writes files of another machine into the project, before the first step of a run.
struct FileDelivery {
  /// How many lines of a difference are shown.
  private static let most = 60

  let context: ActionContext
  /// The contents by path, relative to the project folder.
  let files: [String: [UInt8]]

  func run() async throws {
    for (path, bytes) in files.sorted(by: { $0.key < $1.key }) {
      try await write(path, bytes)
    }
  }

  private func write(_ path: String, _ bytes: [UInt8]) async throws {
    let found = try await context.read(path)
    let old: [UInt8]?
    switch found.content {
    case .file(bytes): return
    case .file(let present): old = present
    case .missing: old = nil
    case .directory:
      throw DeployError(
        .environment, "\(path) is a folder on the host, but a file here",
        fix: "remove it there, or name another file in the plan")
    }
    show(path, old, bytes)
    try await context.declare(
      .restoreFile(
        FileChange(file: path, old: old.map(JournalBytes.init), new: JournalBytes(bytes))))
    if old == nil, let slash = path.lastIndex(of: "/") {
      _ = try await context.run(Command(["mkdir", "-p", "--", String(path[..<slash])]))
    }
    // A link stays one.
    try await context.write(
      FileWrite(
        path: path, bytes: bytes, method: found.link == nil ? .rename : .inPlace,
        source: "the file sent with --sync"))
  }

  // MARK: The difference

  private func show(_ path: String, _ old: [UInt8]?, _ new: [UInt8]) {
    func lines(_ bytes: [UInt8]) -> [Substring] {
      String(decoding: bytes, as: UTF8.self).split(
        separator: "\n", omittingEmptySubsequences: false)
    }
    guard let old else { return context.note("sends \(path), which is new (\(new.count) bytes)") }
    let difference = lines(new).difference(from: lines(old))
    context.note(
      "sends \(path): -\(difference.removals.count) +\(difference.insertions.count) lines")
    // As they stand in the file: what a place loses, before what it gets.
    let shown = difference.map { change in
      switch change {
      case .remove(let offset, let line, _): (offset, 0, "- \(line)")
      case .insert(let offset, let line, _): (offset, 1, "+ \(line)")
      }
    }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }
    for (_, _, line) in shown.prefix(Self.most) { context.note(line) }
    if shown.count > Self.most { context.note("… and \(shown.count - Self.most) more") }
  }
}

extension FileChange {
  /// Restores the old file, if it still has the new content.
  func undo(in context: ActionContext) async throws {
    let found = try await context.read(file)
    let present: [UInt8]? = if case .file(let bytes) = found.content { bytes } else { nil }
    guard present != old?.bytes else { return }
    guard present == new.bytes else {
      throw DeployError(
        .interference, "\(file) was changed during this run, so it is not restored",
        fix: "compare it with your version control, and correct it")
    }
    guard let old else {
      _ = try await context.run(Command(["rm", "-f", "--", file]))
      return
    }
    try await context.write(
      FileWrite(
        path: file, bytes: old.bytes, method: found.link == nil ? .rename : .inPlace,
        source: "its old content"))
  }
}
