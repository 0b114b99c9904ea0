import DeployRunner
import Synchronization

/// A running ssh with which this process exchanges lines.
final class SSHChannel: Sendable {
  /// What it prints, line by line, whole ones however long; ends with it.
  let lines: AsyncStream<OutputLine>
  private let input: Mutex<OpenFile?>
  private let ending = Shared(Ending())
  private let running: Task<Void, Never>

  private struct Ending: Sendable {
    var problems: [String] = []
    var status: Int32?
  }

  /// - Parameter child: the command; what it has as input is all that it gets.
  init(_ child: ChildProcess) throws(ToolError) {
    let pipe = child.input == nil ? OpenFile.pipe() : nil
    guard child.input != nil || pipe != nil else {
      throw ToolError("there are no file descriptors left", code: .environment)
    }
    input = Mutex(pipe?.writing)
    let (lines, found) = AsyncStream.makeStream(of: OutputLine.self)
    self.lines = lines
    running = Task.detached { [ending] in
      defer { found.finish() }
      let pieces = Pieces()
      do {
        let result = try await child.run(reading: pipe?.reading) { piece in
          guard let line = pieces.line(with: piece) else { return }
          if line.stream == .errors {
            ending.withLock { if $0.problems.count < 100 { $0.problems.append(line.text) } }
          }
          found.yield(line)
        }
        ending.withLock { $0.status = result.status }
      } catch let error as OperationError {
        ending.withLock { $0.problems.append("\(error)") }
      } catch {}
    }
  }

  deinit { end() }

  /// Sends a line; `false` if it has ended.
  @discardableResult
  func send(_ line: [UInt8]) -> Bool {
    input.withLock { file in
      file.map { Files.write(line + [UInt8(ascii: "\n")], to: $0.descriptor) } ?? false
    }
  }

  /// Sends nothing more.
  private func finish() { input.withLock { $0 = nil } }

  /// Ends it.
  func end() {
    running.cancel()
    finish()
  }

  /// What it printed as errors, with what ssh itself said.
  var problems: [String] { ending.value.problems }

  /// Its exit status, once its lines have ended; `nil` if it was ended from here.
  var status: Int32? { ending.value.status }

  /// Joins the pieces of long lines: each line of a host's end is JSON.
  private final class Pieces: Sendable {
    private let rest = Mutex<[OutputLine.Stream: String]>([:])

    func line(with piece: OutputLine) -> OutputLine? {
      rest.withLock { rest in
        let text = (rest.removeValue(forKey: piece.stream) ?? "") + piece.text
        guard piece.isContinued else { return OutputLine(text, on: piece.stream) }
        rest[piece.stream] = text
        return nil
      }
    }
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
