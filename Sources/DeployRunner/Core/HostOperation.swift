public import DeployDSL

/// One thing that an executor is asked to do.
public struct HostOperation: Hashable, Sendable {
  /// What is done.
  public var request: Request
  /// What it does to the host.
  public var effect: Effect
  /// How long it may take.
  public var timeout: Duration

  /// Makes an operation.
  package init(_ request: Request, effect: Effect, timeout: Duration) {
    self.request = request
    self.effect = effect
    self.timeout = timeout
  }

  /// What an operation does to the host; a dry run performs only those that observe.
  public enum Effect: String, Hashable, Sendable {
    /// Looks at what is there already.
    case observe
    /// Changes something.
    case change
    /// Looks at what an earlier change brought about, and may be repeated until it has.
    case verify
  }

  /// The kinds of operation.
  public enum Request: Hashable, Sendable {
    /// Runs a command of the plan's author on the machine of the executor.
    case command(Command)
    /// Does what bgrun itself asks of the machine of the executor.
    case call(HostCall)
    /// Sends an HTTP GET to an `http://` URL; `host` is the Host header, if it is not the URL's own.
    case http(url: String, host: String? = nil)
    /// Opens and closes a TCP connection.
    case tcp(host: String, port: Int)
    /// Reads a file; relative paths begin at the project folder.
    case readFile(path: String)
    /// Writes a file so that a reader sees old or new content.
    case writeFile(FileWrite)

    /// The command that is run, also that of a call; `nil` where there is none.
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

/// A command: a program and its arguments, never a line for a shell.
public struct Command: Hashable, Sendable, CustomStringConvertible {
  /// The program and its arguments.
  public var argv: [String]
  /// Variables added to the environment.
  package var environment: [String: EnvironmentValue]
  /// What the command reads from standard input; `nil` is nothing.
  package var input: EnvironmentValue?
  /// What marks the processes of a `docker exec` in the container; it is not shown.
  ///
  /// The death of the client ends none of them. The executor adds `--env BGRUN_STEP=MARK` to the
  /// command, by which they are found.
  public var mark: String?
  /// Variables that it does not inherit from this process.
  package var unset: Set<String> = []

  /// Makes a command.
  ///
  /// - Parameters:
  ///   - argv: the program and its arguments.
  ///   - input: what it reads from standard input. Default: nothing.
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
  /// Their values may be secrets: ``LocalHost`` passes them on, and nothing shows them.
  public var variables: [String] { environment.keys.sorted() }

  /// The command as one would type it, environment first, quoted where a shell needs it.
  public var description: String {
    let variables = variables.map { name in
      "\(name)=\(Self.quoted(environment[name]?.description ?? ""))"
    }
    let reads = input.map { ["<<<", Self.quoted($0.description)] } ?? []
    let removed = unset.isEmpty ? [] : ["env"] + unset.sorted().flatMap { ["-u", $0] }
    return (variables + removed + argv.map(Self.quoted) + reads).joined(separator: " ")
  }

  private static func quoted(_ word: String) -> String {
    let plain = word.utf8.allSatisfy { byte in
      byte.isLetterOrDigit || "_./:=@%+,-".utf8.contains(byte) || byte >= 128
    }
    if plain, !word.isEmpty { return word }
    return "'"
      + word.split(separator: "'", omittingEmptySubsequences: false).joined(
        separator: "'\\''") + "'"
  }
}

/// A file to write.
public struct FileWrite: Hashable, Sendable {
  /// How the new content takes the place of the old.
  public enum Method: String, Hashable, Sendable {
    /// A temporary file beside it takes its name: right where a folder is mounted.
    case rename
    /// The same inode gets new bytes: the only way where the file itself is mounted.
    case inPlace
  }

  /// The path; relative paths begin at the project folder.
  public var path: String
  /// The new content.
  public var bytes: [UInt8]
  /// How it is written.
  public var method: Method
  /// Where the bytes come from, for people: another file's path.
  package var source: String

  /// Makes a file to write.
  package init(path: String, bytes: [UInt8], method: Method, source: String) {
    self.path = path
    self.bytes = bytes
    self.method = method
    self.source = source
  }
}

/// What an executor answers.
public enum OperationResult: Sendable, Equatable {
  /// How a command ended; of a call where it failed or has nothing else to say.
  case command(CommandResult)
  /// What a call's command printed, understood.
  case answer(HostAnswer)
  /// What an HTTP server answered.
  case http(HTTPAnswer)
  /// What lies at a path.
  case file(FileSnapshot)
  /// A file was written, or a connection could be opened.
  case done
  /// Nothing was done: a dry run assumes that it would have succeeded.
  case assumed

  /// How a command ended; `nil` where none was run.
  package var printed: CommandResult? {
    switch self {
    case .command(let result): result
    case .answer(let answer): answer.printed ?? CommandResult(status: 0)
    default: nil
    }
  }

  /// What a call's command printed, understood.
  package var value: HostAnswer.Value? {
    if case .answer(let answer) = self { answer.value } else { nil }
  }
}

/// How a command ended.
public struct CommandResult: Hashable, Sendable {
  /// The exit status; 128 + the signal's number if a signal ended it.
  public var status: Int32
  /// Standard output: at most its last 16 MiB.
  public var output: String
  /// Standard error: at most its last 16 MiB.
  public var errors: String

  /// Makes a result.
  public init(status: Int32, output: String = "", errors: String = "") {
    self.status = status
    self.output = output
    self.errors = errors
  }

  /// Whether the status is 0.
  public var succeeded: Bool { status == 0 }

  /// All that it printed: standard output, then standard error.
  package var text: String { output + errors }
  /// The lines of all that it printed, without empty ones.
  var lines: [String] { text.split(whereSeparator: \.isNewline).map(String.init) }
}

/// A line that a command printed.
public struct OutputLine: Hashable, Sendable {
  /// Where a line was printed.
  public enum Stream: String, Hashable, Sendable {
    /// Standard output.
    case output
    /// Standard error.
    case errors
  }

  /// Where it was printed.
  public var stream: Stream
  /// The line without its end.
  public var text: String
  /// Whether it is a piece of a long line, which goes on with the next one.
  package var isContinued = false

  /// Makes a line.
  public init(_ text: String, on stream: Stream) {
    self.text = text
    self.stream = stream
  }
}

/// What lies at a path.
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

  /// The absolute path, its folder's links resolved.
  package var path: String
  /// What is there; links are followed.
  package var content: Content
  /// How long ago it was last changed.
  package var age: Duration
  /// Where it points to, if it is a symbolic link itself.
  package var link: String?

  /// Makes a snapshot.
  public init(path: String, content: Content, age: Duration = .zero, link: String? = nil) {
    self.path = path
    self.content = content
    self.age = age
    self.link = link
  }
}

/// Why an operation could not be performed.
public enum OperationError: Error, Hashable, Sendable {
  /// A program could not be started: it is not there, or may not be run.
  case cannotStart(program: String, reason: String)
  /// The operation's time was up; what a command had printed until then.
  case timedOut(after: Duration, output: String)
  /// A server could not be asked, or its answer could not be understood.
  case noAnswer(reason: String)
  /// Nothing listens at an address: it refused the connection.
  case refused(reason: String)
  /// A server closed the connection without an answer.
  case closed(reason: String)
  /// A file could not be read or written.
  case file(path: String, reason: String)
}

extension OperationError: CustomStringConvertible {
  /// The reason as one sentence.
  public var description: String {
    switch self {
    case .cannotStart(let program, let reason): "cannot start \(program): \(reason)"
    case .timedOut(let after, _): "no end within \(after.forPeople)"
    case .noAnswer(let reason), .refused(let reason), .closed(let reason): reason
    case .file(let path, let reason): "\(path): \(reason)"
    }
  }
}
