import DeployRunner

/// Selects the operations of a run to which a scripted fault applies.
///
/// ```swift
/// host.fail(.command(containing: "nginx", "-s", "reload").onAttempt(2), .failing(exit: 1))
/// ```
public struct OperationPattern: Sendable {
  private enum Kind: Sendable {
    case all
    case number(Int)
    case call(Int)
    case command([String])
    case file(path: String, isWrite: Bool)
    case probe(String)
    case text(Glob)
  }

  private let kind: Kind
  /// Which of the matching operations: all if `nil`.
  private var attempts: ClosedRange<Int>?
  private var effect: HostOperation.Effect?

  /// Every operation.
  package static var everything: OperationPattern { OperationPattern(kind: .all) }

  /// Every operation that changes the host.
  static let changes = OperationPattern(kind: .all, effect: .change)

  /// The n-th operation of any kind since the host was created, counted from 1.
  package static func operation(_ number: Int) -> OperationPattern {
    OperationPattern(kind: .number(number))
  }

  /// The n-th call of `docker` since the host was created, counted from 1.
  package static func call(_ number: Int) -> OperationPattern {
    OperationPattern(kind: .call(number))
  }

  /// Commands whose arguments contain these words, one directly after the other. `"nginx -s
  /// reload"` is the same as three words.
  public static func command(containing words: String...) -> OperationPattern {
    OperationPattern(kind: .command(words))
  }

  /// Reads of the file at this path, as named by the operation.
  public static func reading(_ path: String) -> OperationPattern {
    OperationPattern(kind: .file(path: path, isWrite: false))
  }

  /// Writes to the file at this path, as named by the operation.
  public static func writing(_ path: String) -> OperationPattern {
    OperationPattern(kind: .file(path: path, isWrite: true))
  }

  /// HTTP probes whose URL, and TCP probes whose `HOST:PORT`, contains this text; all of them with
  /// an empty text.
  public static func probe(containing text: String = "") -> OperationPattern {
    OperationPattern(kind: .probe(text))
  }

  /// Operations with this text; `…` matches any text.
  package static func text(_ text: String) -> OperationPattern {
    OperationPattern(kind: .text(Glob(text)))
  }

  /// The operation that corresponds to one of another run: operations that begin at the same time
  /// may do so in either order.
  package static func same(as run: OperationRun, of runs: [OperationRun]) -> OperationPattern {
    let text = run.text
    let number = runs.prefix(run.number).count { $0.text == text }
    return .text(text).onAttempt(number)
  }

  /// Only the n-th matching operation, counted from 1.
  public func onAttempt(_ number: Int) -> OperationPattern { onAttempts(number...number) }

  /// Only some of the matching operations, counted from 1.
  package func onAttempts(_ numbers: ClosedRange<Int>) -> OperationPattern {
    var copy = self
    copy.attempts = numbers
    return copy
  }

  /// Whether the pattern matches an operation, ignoring attempts.
  func matches(_ run: OperationRun, call: Int) -> Bool {
    let operation = run.operation
    if let effect, operation.effect != effect { return false }
    let command = operation.request.command
    switch (kind, operation.request) {
    case (.all, _): return true
    case (.number(let wanted), _): return wanted == run.number
    case (.call(let wanted), _): return wanted == call && command?.isForEngine == true
    case (.text(let glob), _): return glob.matches(run.text)
    case (.command(let words), _):
      guard let command else { return false }
      let parts = words.flatMap { $0.split(separator: " ").map(String.init) }
      return command.argv.contains(inOrder: words) || command.argv.contains(inOrder: parts)
    case (.file(let path, true), .writeFile(let file)): return file.path.isPath(path)
    case (.file(let path, false), .readFile(let read)): return read.isPath(path)
    case (.probe(let text), .http(let url, _)): return text.isEmpty || url.contains(text)
    case (.probe(let text), .tcp(let host, let port)):
      return text.isEmpty || "\(host):\(port)".contains(text)
    case (.probe(let text), .call(let call)):
      guard case .fetch(let url, _, _) = call.kind else { return false }
      return text.isEmpty || url.contains(text)
    default: return false
    }
  }

  /// Whether it matters how many operations have matched.
  var isCounted: Bool { attempts != nil }

  func isMeant(attempt: Int) -> Bool { attempts?.contains(attempt) ?? true }
}

extension String {
  /// Whether the path equals this one, or is absolute and ends with it.
  fileprivate func isPath(_ path: String) -> Bool { self == path || hasSuffix("/" + path) }
}

extension [String] {
  /// Whether the words are among the elements, one directly after the other.
  func contains(inOrder words: [String]) -> Bool {
    guard words.count <= count else { return false }
    return words.isEmpty
      || (0...(count - words.count)).contains { self[$0..<($0 + words.count)].elementsEqual(words) }
  }
}
