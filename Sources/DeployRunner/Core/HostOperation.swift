public import DeployDSL

/// One operation of an executor.
public struct HostOperation: Hashable, Sendable {
  /// The request.
  public var request: Request
  /// Its effect on the host.
  public var effect: Effect
  /// The time limit.
  public var timeout: Duration

  /// Creates an operation.
  package init(_ request: Request, effect: Effect, timeout: Duration) {
    self.request = request
    self.effect = effect
    self.timeout = timeout
  }

  /// An operation's effect on the host; a dry run performs only those that observe.
  public enum Effect: String, Hashable, Sendable {
    /// Reads the current state.
    case observe
    /// Changes something.
    case change
    /// Checks the effect of an earlier change; may be repeated until it is visible.
    case verify
  }

  /// The kinds of operation.
  public enum Request: Hashable, Sendable {
    /// Runs a command from the plan on the executor's machine.
    case command(Command)
    /// Performs a call of bgrun's own on the executor's machine.
    case call(HostCall)
    /// Sends an HTTP GET to an `http://` URL; `host` is the Host header, if it differs.
    case http(url: String, host: String? = nil)
    /// Opens and closes a TCP connection.
    case tcp(host: String, port: Int)
    /// Reads a file; relative paths are resolved against the project folder.
    case readFile(path: String)
    /// Writes a file so that readers see the old or the new content.
    case writeFile(FileWrite)

    /// The command to run, including that of a call; `nil` if there is none.
    public var command: Command? {
      get {
        switch self {
        case .command(let command): command
        case .call(let call): call.command
        default: nil
        }
      }
      set {
        guard let newValue else { return }
        switch self {
        case .call(var call):
          call.command = newValue
          self = .call(call)
        default: self = .command(newValue)
        }
      }
    }
  }
}

/// A command: a program and its arguments, never a shell command line.
public struct Command: Hashable, Sendable, CustomStringConvertible {
  /// The program and its arguments.
  public var argv: [String]
  /// Variables added to the environment.
  package var environment: [String: EnvironmentValue]
  /// The standard input; `nil` for none.
  package var input: EnvironmentValue?
  /// Marks the processes of a `docker exec` in the container; it is not displayed.
  ///
  /// They outlive the docker client. The executor adds `--env BGRUN_STEP=MARK` to the command so
  /// that they can be found.
  public var mark: String?
  /// Variables that it must not inherit from this process.
  package var unset: Set<String> = []

  /// Creates a command.
  ///
  /// - Parameters:
  ///   - argv: the program and its arguments.
  ///   - input: the standard input. Default: none.
  public init(_ argv: [String], input: String? = nil) {
    self.init(argv, environment: [:], input: input.map { .text($0) })
  }

  package init(
    _ argv: [String], environment: [String: EnvironmentValue], input: EnvironmentValue? = nil
  ) {
    self.argv = argv
    self.environment = environment
    self.input = input
  }

  /// The names of the variables that are added to its environment, sorted.
  ///
  /// Their values may be secrets: ``LocalHost`` passes them on, but they are never displayed.
  public var variables: [String] { environment.keys.sorted() }

  /// The command as typed in a shell: environment first, quoted where needed.
  public var description: String {
    let variables = variables.map { name in
      "\(name)=\(Self.quoted(environment[name]?.description ?? ""))"
    }
    let reads = input.map { ["<<<", Self.quoted($0.description)] } ?? []
    let removed = unset.isEmpty ? [] : ["env"] + unset.sorted().flatMap { ["-u", $0] }
    return (variables + removed + argv.map(Self.quoted) + reads).joined(separator: " ")
  }

  /// For each byte, whether a shell takes it as it is.
  private static let isPlain: [Bool] = (0...UInt8.max).map { byte in
    byte.isLetterOrDigit || "_./:=@%+,-".utf8.contains(byte) || byte >= 128
  }

  private static func quoted(_ word: String) -> String {
    let plain = word.utf8.allSatisfy { isPlain[Int($0)] }
    if plain, !word.isEmpty { return word }
    return "'\(word.replacing("'", with: #"'\''"#))'"
  }
}

/// A file to write.
public struct FileWrite: Hashable, Sendable {
  /// How the new content replaces the old.
  public enum Method: String, Hashable, Sendable {
    /// Renames a temporary file over it: for files in a mounted folder.
    case rename
    /// Overwrites the same inode: the only way if the file itself is mounted.
    case inPlace
  }

  /// The path; relative paths are resolved against the project folder.
  public var path: String
  /// The new content.
  public var bytes: [UInt8]
  /// How it is written.
  public var method: Method
  /// The path that the content comes from, for messages.
  package var source: String

  /// Creates a file to write.
  package init(path: String, bytes: [UInt8], method: Method, source: String) {
    self.path = path
    self.bytes = bytes
    self.method = method
    self.source = source
  }
}

/// The result of an operation.
public enum OperationResult: Sendable, Equatable {
  /// A command's result; also that of a call that failed or has no other answer.
  case command(CommandResult)
  /// A call's decoded answer.
  case answer(HostAnswer)
  /// An HTTP server's answer.
  case http(HTTPAnswer)
  /// What is at a path.
  case file(FileSnapshot)
  /// A file was written, or a connection opened.
  case done
  /// Nothing was done: a dry run assumes success.
  case assumed

  /// The command's result; `nil` if none was run.
  package var printed: CommandResult? {
    switch self {
    case .command(let result): result
    case .answer(let answer): answer.printed ?? CommandResult(status: 0)
    default: nil
    }
  }

  /// A call's decoded answer.
  package var value: HostAnswer.Value? {
    if case .answer(let answer) = self { answer.value } else { nil }
  }
}

/// A command's result.
public struct CommandResult: Hashable, Sendable {
  /// The exit status; 128 + the signal number if a signal terminated it.
  public var status: Int32
  /// Standard output: at most its last 16 MiB.
  public var output: String
  /// Standard error: at most its last 16 MiB.
  public var errors: String

  /// Creates a result.
  public init(status: Int32, output: String = "", errors: String = "") {
    self.status = status
    self.output = output
    self.errors = errors
  }

  /// Whether the status is 0.
  public var succeeded: Bool { status == 0 }

  /// All output: standard output, then standard error.
  package var text: String { output + errors }
  /// The lines of all output, without empty ones.
  var lines: [String] { text.split(whereSeparator: \.isNewline).map(String.init) }
}

/// A line that a command printed.
public struct OutputLine: Hashable, Sendable {
  /// The stream of a line.
  public enum Stream: String, Hashable, Sendable {
    /// Standard output.
    case output
    /// Standard error.
    case errors
  }

  /// The stream.
  public var stream: Stream
  /// The line without its line break.
  public var text: String
  /// Whether it is a piece of a long line that continues in the next one.
  package var isContinued = false

  /// Creates a line.
  public init(_ text: String, on stream: Stream) {
    self.text = text
    self.stream = stream
  }
}

/// What is at a path.
public struct FileSnapshot: Hashable, Sendable {
  /// The kinds of things that a path can name.
  public enum Content: Hashable, Sendable {
    /// Nothing.
    case missing
    /// A folder.
    case directory
    /// A regular file with these bytes.
    case file([UInt8])
  }

  /// The absolute path, with the links in its folder resolved.
  package var path: String
  /// What is there; links are followed.
  package var content: Content
  /// How long ago it was last changed.
  package var age: Duration
  /// The target, if the path itself is a symbolic link.
  package var link: String?

  /// Creates a snapshot.
  public init(path: String, content: Content, age: Duration = .zero, link: String? = nil) {
    self.path = path
    self.content = content
    self.age = age
    self.link = link
  }
}

/// Why an operation could not be performed.
public enum OperationError: Error, Hashable, Sendable {
  /// A program could not be started: it is missing or not executable.
  case cannotStart(program: String, reason: String)
  /// The operation timed out; with the command's output so far.
  case timedOut(after: Duration, output: String)
  /// A server could not be reached, or its answer could not be parsed.
  case noAnswer(reason: String)
  /// An address refused the connection.
  case refused(reason: String)
  /// A server closed the connection without an answer.
  case closed(reason: String)
  /// A file could not be read or written.
  case file(path: String, reason: String)
}

extension OperationError: CustomStringConvertible {
  /// The reason.
  public var description: String {
    switch self {
    case .cannotStart(let program, let reason): "cannot start \(program): \(reason)"
    case .timedOut(let after, _): "timed out after \(after.forPeople)"
    case .noAnswer(let reason), .refused(let reason), .closed(let reason): reason
    case .file(let path, let reason): "\(path): \(reason)"
    }
  }
}
