import CBgrun
import DeployRunner
import Dispatch
import Synchronization

// Inside the channel, its members shadow the system calls.
private func closeFile(_ file: Int32) { close(file) }
private func readFile(_ file: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(file, buffer, count)
}

/// A running ssh with which this process exchanges lines.
final class SSHChannel: Sendable {
  /// What it prints, line by line; ends with it.
  let lines: AsyncStream<String>
  private let input: Mutex<Int32>
  private let pid: Int32
  private let errors = Mutex<[String]>([])

  init(_ child: ChildProcess) throws {
    var (ours, output, problems): ([Int32], [Int32], [Int32]) = ([-1, -1], [-1, -1], [-1, -1])
    guard cbgrun_pipe(&ours) == 0, cbgrun_pipe(&output) == 0, cbgrun_pipe(&problems) == 0 else {
      for end in ours + output + problems where end >= 0 { closeFile(end) }
      throw ToolError("there are no file descriptors left", code: .environment)
    }
    defer { for end in [ours[0], output[1], problems[1]] { closeFile(end) } }
    do {
      pid = try child.spawn(input: ours[0], output: output[1], errors: problems[1])
    } catch {
      for end in [ours[1], output[0], problems[0]] { closeFile(end) }
      throw error
    }
    input = Mutex(ours[1])
    let (lines, found) = AsyncStream.makeStream(of: String.self)
    self.lines = lines
    let (out, err) = (output[0], problems[0])
    let done = DispatchGroup()
    DispatchQueue(label: "bgrun.ssh.errors").async(group: done) { [weak self] in
      Self.read(err) { line in
        self?.errors.withLock { if $0.count < 100 { $0.append(line) } }
      }
    }
    DispatchQueue(label: "bgrun.ssh.lines").async { [weak self, pid] in
      Self.read(out) { found.yield($0) }
      self?.end()
      // What it says about its end comes on the other pipe, which the connection may keep open.
      _ = done.wait(timeout: .now() + .milliseconds(200))
      found.finish()
      var status: Int32 = 0
      while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    }
  }

  deinit { end() }

  /// Sends a line; `false` if it has ended.
  @discardableResult
  func send(_ line: [UInt8]) -> Bool {
    input.withLock { $0 >= 0 && Files.write(line + [UInt8(ascii: "\n")], to: $0) }
  }

  /// Ends it.
  func end() {
    input.withLock { file in
      if file >= 0 {
        closeFile(file)
        // It is read to its end, and its status taken, by the thread that reads it.
        kill(pid, SIGTERM)
      }
      file = -1
    }
  }

  /// What it printed as errors, with what ssh itself said.
  var problems: [String] { errors.withLock { $0 } }

  private static func read(_ file: Int32, _ line: (String) -> Void) {
    var splitter = Lines()
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = readFile(file, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      for text in splitter.lines(after: chunk[..<count]) { line(text) }
    }
    closeFile(file)
  }
}

/// Collects bytes to lines, whole ones however long: each is JSON.
struct Lines {
  private var rest: [UInt8] = []

  /// The lines that end in some more bytes.
  mutating func lines(after bytes: some Collection<UInt8>) -> [String] {
    rest += bytes
    var (lines, start) = ([String](), rest.startIndex)
    while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
      lines.append(String(decoding: rest[start..<end], as: UTF8.self))
      start = end + 1
    }
    rest.removeFirst(start)
    return lines
  }
}
