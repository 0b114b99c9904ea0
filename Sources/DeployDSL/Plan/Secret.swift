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
/// With `--on` it is read where bgrun was started and travels to the host on the connection, unless
/// it says `from: .host`. Code of your own must name its secrets for that:
/// ``PrimitiveStep/secrets``.
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
  /// Where it is read.
  package let machine: Machine

  /// The value of an environment variable of the process that runs the plan.
  ///
  /// - Parameters:
  ///   - environmentVariable: the variable's name.
  ///   - machine: where it is read with `--on`. Default: where bgrun was started, or on the host if
  ///     it is missing there.
  public init(_ environmentVariable: String, from machine: Machine = .controller) {
    self.init(.environment(environmentVariable), machine)
  }

  init(_ source: Source, _ machine: Machine) { (self.source, self.machine) = (source, machine) }

  /// The content of a file, without its trailing newline.
  ///
  /// - Parameters:
  ///   - path: the path; relative paths start at the project folder.
  ///   - machine: where it is read with `--on`. Default: where bgrun was started, or on the host if
  ///     it is missing there.
  public static func file(_ path: String, from machine: Machine = .controller) -> Secret {
    Secret(.file(path), machine)
  }

  /// The output of a command, for example a password manager, without its trailing newline.
  ///
  /// - Parameters:
  ///   - argv: the program and its arguments, without a shell.
  ///   - machine: where it is run with `--on`. Default: where bgrun was started, or on the host if
  ///     it cannot be started there.
  public static func command(_ argv: String..., from machine: Machine = .controller) -> Secret {
    Secret(.command(argv), machine)
  }

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
