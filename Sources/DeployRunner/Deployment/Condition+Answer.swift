import BgrunSystem
import DeployDSL

extension Condition.Question {
  /// Whether the condition holds; `nil` if only a real run can tell.
  func answer(in context: ActionContext) async throws -> Bool? {
    switch self {
    case .color(let role, let color): return try context.state.color(role) == color
    case .running(let role):
      let service = try context.service(role)
      return try await ComposeInspector(context: context).container(of: service)?.isRunning == true
    case .exists(let path): return try await context.read(path).content != .missing
    case .environment(let name, let value):
      let present = getenv(name).map { String(cString: $0) } ?? ""
      return value.map { $0 == present } ?? !present.isEmpty
    case .code(let code): return try await code.answer(in: context)
    case .not(let question): return try await question.answer(in: context).map { !$0 }
    case .all(let left, let right):
      return try await Self.join(left, right, unless: false, in: context)
    case .any(let left, let right):
      return try await Self.join(left, right, unless: true, in: context)
    }
  }

  /// Evaluates both, unless the first one decides.
  private static func join(
    _ left: Self, _ right: Self, unless decisive: Bool, in context: ActionContext
  ) async throws -> Bool? {
    let first = try await left.answer(in: context)
    if first == decisive { return decisive }
    let second = try await right.answer(in: context)
    if second == decisive { return decisive }
    return first == nil || second == nil ? nil : !decisive
  }
}

extension Condition.Code {
  fileprivate func answer(in context: ActionContext) async throws -> Bool? {
    guard !context.isDryRun else { return nil }
    return try await CodeAction.bounded(by: context) {
      try await decide(StepContext(host: CodeHost(context: context, reads: reads, writes: Keys())))
    }
  }
}
