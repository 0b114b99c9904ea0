import BgrunSystem
package import DeployDSL

/// The events of runs that others follow from another machine, beside the journal.
///
/// ```
/// events/<run>.jsonl  what happened, one record a line
/// events/<run>.out    what the run's process printed
/// events/<run>.told   a pipe by which those who follow answer, until the run ends
/// ```
package struct EventStore: Sendable {
  private static let folderName = "events"
  /// The maximum number of runs kept.
  private static let most = 20

  private let folder: PrivateFolder

  /// Opens the events of an application's runs, and creates what is missing.
  package init(_ state: StateFolder) throws(DeployError) {
    folder = try state.folder.folder(Self.folderName)
  }

  private static func events(_ run: RunID) -> String { "\(run).jsonl" }
  private static func output(_ run: RunID) -> String { "\(run).out" }
  private static func told(_ run: RunID) -> String { "\(run).told" }

  /// The runs, newest first.
  package func runs() throws(DeployError) -> [RunID] {
    try folder.names().compactMap { $0.hasSuffix(".jsonl") ? RunID(String($0.dropLast(6))) : nil }
      .sorted(by: >)
  }

  /// Creates the file of a run's events, and removes those of the oldest runs; `nil` if it exists:
  /// then the run was started before.
  package func create(_ run: RunID) throws(DeployError) -> OpenFile? {
    for old in try runs().dropFirst(Self.most - 1) {
      for name in try folder.names() where name.hasPrefix("\(old).") { try folder.remove(name) }
    }
    guard try folder.read(Self.events(run)) == nil else { return nil }
    return try folder.open(Self.events(run), O_WRONLY | O_CREAT | O_EXCL | O_APPEND)
  }

  /// The events of a run, for reading; `nil` if it was not started.
  package func events(of run: RunID) throws(DeployError) -> OpenFile? {
    guard try runs().contains(run) else { return nil }
    return try folder.open(Self.events(run), O_RDONLY)
  }

  /// What a run's process prints, for appending and reading.
  package func output(of run: RunID) throws(DeployError) -> OpenFile {
    try folder.open(Self.output(run), O_RDWR | O_CREAT | O_APPEND)
  }

  /// Opens what those who follow a run tell it, one line each. It never lies on the disk: it may be
  /// secret.
  package func listen(_ run: RunID) throws(DeployError) -> OpenFile {
    try folder.makePipe(Self.told(run))
  }

  /// Removes what ``listen(_:)`` has made: many programs that copy a folder stop at a pipe.
  package func stopListening(_ run: RunID) throws(DeployError) {
    try folder.remove(Self.told(run))
  }

  /// Tells a run a line.
  ///
  /// - Throws: ``DeployError`` if it does not listen, because it has ended.
  package func tell(_ run: RunID, _ line: [UInt8]) throws(DeployError) {
    let pipe = try folder.open(Self.told(run), O_WRONLY | O_NONBLOCK)
    // Lines of several writers must not mix.
    while flock(pipe.descriptor, LOCK_EX) != 0, errno == EINTR {}
    Files.write(line + [UInt8(ascii: "\n")], to: pipe.descriptor)
  }
}

extension OpenFile {
  /// The bytes from an offset to its end.
  package func bytes(from offset: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = pread(descriptor, &chunk, chunk.count, off_t(offset + bytes.count))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return bytes }
      bytes.append(contentsOf: chunk[..<count])
    }
  }
}
