/// Why a step failed: one sentence with thing, cause and fix, and what else helps.
public struct DeployError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of trouble it is.
  public struct Code: RawRepresentable, Hashable, Sendable {
    /// The code's text, as JSON shows it.
    public var rawValue: String
    /// Makes a code; executors and steps of your own may use any.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Docker, Compose, a file or the proxy is not there or not usable.
    public static let environment = Code(rawValue: "environment")
    /// The plan names something that the project does not have.
    public static let plan = Code(rawValue: "plan")
    /// The witnesses of the active colour disagree.
    public static let disagreement = Code(rawValue: "disagreement")
    /// A command ended with a status other than 0.
    public static let command = Code(rawValue: "command")
    /// The gate did not open.
    public static let unhealthy = Code(rawValue: "unhealthy")
    /// The configuration's test failed.
    public static let configuration = Code(rawValue: "configuration")
    /// The reload was not carried out, or the new configuration does not answer.
    public static let reload = Code(rawValue: "reload")
    /// Time was up.
    public static let timeout = Code(rawValue: "timeout")
    /// Time was up, and what was begun still runs: it is not begun a second time.
    public static let stillRunning = Code(rawValue: "still-running")
    /// The run was cancelled.
    public static let cancelled = Code(rawValue: "cancelled")
    /// A step's own code threw.
    public static let code = Code(rawValue: "code")
    /// Something changed under the run's feet.
    public static let interference = Code(rawValue: "interference")
  }

  /// What kind of trouble it is.
  public var code: Code
  /// What failed and why.
  public var message: String
  /// What to do about it.
  public var fix: String?
  /// Lines that help: a container's log, a command's last output.
  public var details: [String]

  /// Makes a failure.
  ///
  /// - Parameters:
  ///   - code: what kind of trouble it is.
  ///   - message: what failed and why, as a part of a sentence.
  ///   - fix: what to do about it. Default: nothing is said.
  ///   - details: lines that help. Default: none.
  public init(_ code: Code, _ message: String, fix: String? = nil, details: [String] = []) {
    self.code = code
    self.message = message
    self.fix = fix
    self.details = details
  }

  /// Message and fix in one sentence.
  public var description: String { fix.map { "\(message); \($0)" } ?? message }
}
