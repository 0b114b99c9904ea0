/// A value that is read when a command first needs it, and never shown.
///
/// ```swift
/// Up(.target, environment: ["DB_PASSWORD": Secret("DB_PASSWORD")])
/// Run("docker", "login", "--password-stdin", input: Secret.file("/run/keys/registry"))
/// ```
/// It is passed to commands in the environment or on standard input, never in arguments. bgrun
/// replaces the value by dots in everything that it prints, stores or reports, including the output
/// of commands. This applies from the start of the run to environment variables that the plan's own
/// steps name, and to other secrets once the value has been read.
///
/// When `bgrun` runs a plan on a simulated host, a placeholder replaces a missing secret.
public struct Secret: Hashable, Sendable, Codable {
  /// The source of the value.
  package enum Source: Hashable, Sendable, Codable {
    case environment(String)
    case file(String)
    case command([String])
  }

  /// The text shown instead of a value.
  package static let dots = "••••"

  package let source: Source

  /// The value of an environment variable of the process that runs the plan.
  public init(_ environmentVariable: String) { source = .environment(environmentVariable) }

  init(_ source: Source) { self.source = source }

  /// The content of a file, without its trailing newline.
  ///
  /// - Parameter path: the path; relative paths start at the project folder.
  public static func file(_ path: String) -> Secret { Secret(.file(path)) }

  /// The output of a command, for example a password manager, without its trailing newline.
  ///
  /// - Parameter argv: the program and its arguments, without a shell.
  public static func command(_ argv: String...) -> Secret { Secret(.command(argv)) }

  /// The source of the value as text: `the environment variable DB_PASSWORD`.
  package var origin: String {
    switch source {
    case .environment(let name): "the environment variable \(name)"
    case .file(let path): "the file \(path)"
    case .command(let argv): "the command `\(argv.joined(separator: " "))`"
    }
  }
}

extension Secret: CustomStringConvertible {
  /// Dots and the source of the value, never the value.
  public var description: String { "\(Self.dots) (\(origin))" }
}

/// A protocol without conforming types that makes the compiler reject an interpolated secret.
///
/// The compiler would prefer the general overload to an unavailable one.
@globalActor public actor SecretsStayOutOfTexts {
  /// Required by the language.
  public static let shared = SecretsStayOutOfTexts()
}

extension DefaultStringInterpolation {
  /// Explains that a text must not contain a secret: a command line, output or journal would show
  /// it.
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
