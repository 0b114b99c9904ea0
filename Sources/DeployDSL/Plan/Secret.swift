/// A value that is read when a command first needs it, and shown nowhere.
///
/// ```swift
/// Up(.target, environment: ["DB_PASSWORD": Secret("DB_PASSWORD")])
/// Run("docker", "login", "--password-stdin", input: Secret.file("/run/keys/registry"))
/// ```
/// It reaches commands by their environment or standard input, never by their arguments. Wherever
/// its value turns up in what bgrun prints, records or reports, dots stand for it: also when a
/// command printed it. That holds from the run's beginning for environment variables that the plan's
/// own steps name, and for others from when the value is first read.
///
/// Where `bgrun` tries a plan on a simulated host, a secret that is not there is made up.
public struct Secret: Hashable, Sendable, Encodable {
  /// Where the value comes from.
  package enum Source: Hashable, Sendable, Encodable {
    case environment(String)
    case file(String)
    case command([String])
  }

  /// What is shown instead of a value.
  package static let dots = "••••"

  package let source: Source

  /// The value of an environment variable of the process that runs the plan.
  public init(_ environmentVariable: String) { source = .environment(environmentVariable) }

  private init(_ source: Source) { self.source = source }

  /// The content of a file, without the line end at its end.
  ///
  /// - Parameter path: the path; relative ones begin at the project folder.
  public static func file(_ path: String) -> Secret { Secret(.file(path)) }

  /// What a command prints, without the line end at its end: a password manager, for example.
  ///
  /// - Parameter argv: the program and its arguments; there is no shell.
  public static func command(_ argv: String...) -> Secret { Secret(.command(argv)) }

  /// Where the value comes from, for people: `the environment variable DB_PASSWORD`.
  package var origin: String {
    switch source {
    case .environment(let name): "the environment variable \(name)"
    case .file(let path): "the file \(path)"
    case .command(let argv): "the command `\(argv.joined(separator: " "))`"
    }
  }
}

extension Secret: CustomStringConvertible {
  /// Dots and where the value comes from, never the value.
  public var description: String { "\(Self.dots) (\(origin))" }
}

/// What an interpolated secret runs on: nothing does, so that the compiler refuses it.
///
/// An unavailable overload would be passed over for the general one.
@globalActor public actor SecretsStayOutOfTexts {
  /// Needed by the language alone.
  public static let shared = SecretsStayOutOfTexts()
}

extension DefaultStringInterpolation {
  /// Explains that a secret has no place in a text, which would show it: in a command line, in what
  /// is printed, in a journal.
  @SecretsStayOutOfTexts
  @available(
    *, deprecated,
    message:
      "a secret has no place in a text: give it alone, as a value of environment: or headers:, or as input: or body:"
  )
  public mutating func appendInterpolation(_ secret: Secret) {
    appendLiteral(secret.description)
  }
}
