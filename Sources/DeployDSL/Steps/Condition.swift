/// A condition that is evaluated at run time; ``When`` branches on it.
///
/// Combine conditions with `!`, `&&` and `||`.
public struct Condition: Sendable {
  /// The kind of condition.
  package indirect enum Question: Sendable, Encodable {
    case color(Role, Color)
    case running(Role)
    case exists(String)
    case environment(String, value: String?)
    case code(Code)
    case not(Question)
    case all(Question, Question)
    case any(Question, Question)
  }

  /// Code of the plan.
  package struct Code: Sendable, Encodable {
    private enum CodingKeys: CodingKey { case summary, reads }

    package let summary: String
    package let reads: Keys
    package let decide: @Sendable (StepContext) async throws -> Bool

    /// Encodes everything except code, which cannot be compared.
    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(summary, forKey: .summary)
      try container.encode(reads.ids.map(\.name), forKey: .reads)
    }
  }

  package let question: Question

  private init(_ question: Question) { self.question = question }

  /// A condition that code decides; a dry run does not evaluate it and shows both branches.
  ///
  /// - Parameters:
  ///   - summary: a short description of the condition.
  ///   - reads: the values of earlier steps that it reads. Default: none.
  ///   - decide: the code.
  public init(
    _ summary: String, reads: Keys = Keys(),
    if decide: @escaping @Sendable (StepContext) async throws -> Bool
  ) {
    question = .code(Code(summary: summary, reads: reads, decide: decide))
  }

  /// Whether a colour is active.
  public static func active(is color: Color) -> Condition { Condition(.color(.active, color)) }

  /// Whether a colour is the target.
  public static func target(is color: Color) -> Condition { Condition(.color(.target, color)) }

  /// Whether the container of a role's service is running.
  public static func isRunning(_ role: Role) -> Condition { Condition(.running(role)) }

  /// Whether a file or folder exists; a relative path starts at the project folder.
  public static func exists(_ path: String) -> Condition { Condition(.exists(path)) }

  /// Whether an environment variable of the process that runs the plan is set and not empty, or
  /// has a value.
  public static func environment(_ name: String, is value: String? = nil) -> Condition {
    Condition(.environment(name, value: value))
  }

  /// The opposite.
  public static prefix func ! (condition: Condition) -> Condition {
    Condition(.not(condition.question))
  }

  /// Both; the second is not evaluated if the first is false.
  public static func && (left: Condition, right: Condition) -> Condition {
    Condition(.all(left.question, right.question))
  }

  /// At least one; the second is not evaluated if the first is true.
  public static func || (left: Condition, right: Condition) -> Condition {
    Condition(.any(left.question, right.question))
  }
}

extension Condition.Question {
  /// The condition in a few words: `active is blue`.
  package var summary: String {
    switch self {
    case .color(let role, let color): "\(role.rawValue) is \(color)"
    case .running(let role): "\(role.rawValue) is running"
    case .exists(let path): "\(path) exists"
    case .environment(let name, let value): value.map { "\(name) is \"\($0)\"" } ?? "\(name) is set"
    case .code(let code): code.summary
    case .not(let question): "not \(question.part)"
    case .all(let left, let right): "\(left.part) and \(right.part)"
    case .any(let left, let right): "\(left.part) or \(right.part)"
    }
  }

  private var part: String {
    switch self {
    case .all, .any: "(\(summary))"
    default: summary
    }
  }

  /// The conditions that it combines.
  package var leaves: [Condition.Question] {
    switch self {
    case .not(let question): question.leaves
    case .all(let left, let right), .any(let left, let right): left.leaves + right.leaves
    default: [self]
    }
  }

  /// The values of earlier steps that it reads.
  package var reads: [Keys.ID] {
    leaves.flatMap { if case .code(let code) = $0 { code.reads.ids } else { [Keys.ID]() } }
  }

  /// The role that must be bound, if any.
  package var role: Role? {
    leaves.lazy.compactMap { leaf -> Role? in
      switch leaf {
      case .color(let role, _), .running(let role): role
      default: nil
      }
    }.first
  }
}
