import Foundation

/// A docker in front of the real one on PATH that fails once, at one chosen command.
struct FakeDocker: Sendable {
  /// What it does.
  enum Fault: String, Sendable {
    /// Nothing; `fake-docker/matched` appears when the command begins.
    case none
    /// Kills bgrun (`kill -9`) without having done anything.
    case killBefore = "kill-before"
    /// Kills bgrun while the real docker works, which continues.
    case killDuring = "kill-during"
    /// Kills bgrun after the real docker is done, before bgrun knows.
    case killAfter = "kill-after"
    /// Sends SIGINT to bgrun, then does it.
    case interrupt
    /// Does nothing and does not end.
    case hang
    /// Does nothing and fails.
    case fail
    /// Does it, and reports a failure.
    case lie
  }

  /// One fault at one command.
  struct Cell: Sendable, CustomStringConvertible {
    var fault: Fault
    /// Which of the commands that contain the words, from 1.
    var count: Int
    var words: String

    init(_ fault: Fault, _ words: String, _ count: Int = 1) {
      (self.fault, self.words, self.count) = (fault, words, count)
    }

    var description: String { "\(fault.rawValue) at \(words) #\(count)" }
  }

  private let folder: URL

  /// Puts it into a project's folder.
  init(in project: Project, doing cell: Cell) throws {
    folder = project.folder.appending(path: "fake-docker")
    try? FileManager.default.removeItem(at: folder)
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let real = path.split(separator: ":").map { "\($0)/docker" }
      .first(where: FileManager.default.isExecutableFile)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // Not a copy: what this process writes may still be "busy" when it is to be run.
    try FileManager.default.createSymbolicLink(
      at: folder.appending(path: "docker"),
      withDestinationURL: Repository.fixtures.appending(path: "fake-docker.sh"))
    try project.write(real ?? "", to: "fake-docker/real")
    try project.write(
      "\(cell.fault.rawValue) \(cell.count) \(cell.words)\n", to: "fake-docker/rule")
  }

  /// The environment in which it is found first.
  var environment: [String: String] {
    ["PATH": "\(folder.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"]
  }
}
