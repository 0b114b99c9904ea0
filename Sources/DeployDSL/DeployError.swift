/// Why a step failed: what happened, why, and the fix.
///
/// Throw one in your own steps, so that progress, report and journal show its fix:
/// ```swift
/// throw DeployError("shop-green answers / with 503", fix: "read its log: docker logs shop-green")
/// ```
public struct DeployError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of failure, shown as `code` in JSON.
  public struct Code: RawRepresentable, Hashable, Sendable {
    /// The code as in JSON.
    public let rawValue: String
    /// Makes a code from the text in JSON.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Docker, Compose, a file or the proxy is missing or unusable.
    public static let environment = Code(rawValue: "environment")
    /// The plan names something that the project does not have.
    public static let plan = Code(rawValue: "plan")
    /// Site file, loaded configuration and containers disagree about the active colour.
    public static let disagreement = Code(rawValue: "disagreement")
    /// A command ended with a status other than 0.
    public static let command = Code(rawValue: "command")
    /// A health check failed.
    public static let unhealthy = Code(rawValue: "unhealthy")
    /// nginx rejected the configuration.
    public static let configuration = Code(rawValue: "configuration")
    /// nginx did not reload, or the new configuration does not answer.
    public static let reload = Code(rawValue: "reload")
    /// An HTTP request was not answered, or not as expected.
    public static let request = Code(rawValue: "request")
    /// The user did not approve, or could not be asked.
    public static let approval = Code(rawValue: "approval")
    /// A timeout.
    public static let timeout = Code(rawValue: "timeout")
    /// A timeout after which the started program still runs, so that it is not started again.
    public static let stillRunning = Code(rawValue: "still-running")
    /// The run was cancelled.
    public static let cancelled = Code(rawValue: "cancelled")
    /// A step's own code failed.
    public static let code = Code(rawValue: "code")
    /// Something else changed the host during the run.
    public static let interference = Code(rawValue: "interference")
    /// Another deploy runs, the deploy lock is set, or an interrupted run is not resolved.
    public static let locked = Code(rawValue: "locked")
    /// There is no interrupted run to resume.
    public static let nothingToResume = Code(rawValue: "nothing-to-resume")
  }

  /// The kind of failure.
  public var code: Code
  /// What failed and why.
  public var message: String
  /// The fix, if one is known.
  public var fix: String?
  /// Helpful lines: a container's log, a command's last output.
  public var details: [String]

  /// Creates an error to throw in your own steps.
  ///
  /// - Parameters:
  ///   - message: what failed and why, as a sentence without a full stop.
  ///   - fix: what to do about it. Default: unknown.
  ///   - details: helpful lines. Default: none.
  public init(_ message: String, fix: String? = nil, details: [String] = []) {
    self.init(.code, message, fix: fix, details: details)
  }

  package init(_ code: Code, _ message: String, fix: String? = nil, details: [String] = []) {
    self.code = code
    self.message = message
    self.fix = fix
    self.details = details
  }

  /// Message and fix in one sentence.
  public var description: String { fix.map { "\(message); \($0)" } ?? message }
}
