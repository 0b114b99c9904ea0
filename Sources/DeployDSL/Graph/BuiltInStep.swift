/// A step that comes with the library: all that graph, validation and runner know of it, except how
/// it runs, which `DeployRunner` says in an extension.
///
/// A small step says its kind and what differs from the defaults.
package protocol BuiltInStep: Step, Hashable, Encodable {
  /// The kind, as graph and events name it; in camel case it is the step's key in the encoding.
  var kind: String { get }
  /// The step in a few words, for progress and history: `Up target`. Default: the type's name.
  var title: String { get }
  /// The particulars as texts, for graph and JSON. Default: none.
  var particulars: [String: String] { get }
  /// The role that must be bound. Default: none.
  var neededRole: Role? { get }
  /// What holds for the step wherever it stands. Default: nothing.
  var traits: StepTraits { get }
  /// What later steps can rely on once it is done. Default: nothing.
  var effect: StepEffect? { get }
  /// The time that it takes by its own account, and how that is said. Default: none.
  var ownTime: (text: String, time: Duration)? { get }

  /// The environment that it needs for Compose interpolation. Default: none.
  var interpolation: [String: EnvironmentValue] { get }
  /// The variables that the plan gives it. Default: those for interpolation.
  var variables: [String: EnvironmentValue] { get }
  /// What the plan makes it send: to a server, or to a command's standard input. Default: nothing.
  var sent: [EnvironmentValue] { get }
  /// The other texts that the plan gives it, commands above all. Default: none.
  var texts: [String] { get }

  /// What is wrong with its own numbers, texts and times. Default: nothing.
  func issues(at node: Node, in graph: StepGraph) -> [ValidationIssue?]
  /// Reports what is wrong with its place among the other steps. Default: nothing.
  func checkOrder(_ check: inout OrderCheck, _ node: Node, _ facts: OrderFacts)
}

extension BuiltInStep {
  /// The step is its own description.
  public var body: Steps { Steps(leaf: .step(self)) }

  package var title: String { "\(Self.self)" }
  package var particulars: [String: String] { [:] }
  package var neededRole: Role? { nil }
  package var traits: StepTraits { [] }
  package var effect: StepEffect? { nil }
  package var ownTime: (text: String, time: Duration)? { nil }
  package var interpolation: [String: EnvironmentValue] { [:] }
  package var variables: [String: EnvironmentValue] { interpolation }
  package var sent: [EnvironmentValue] { [] }
  package var texts: [String] { [] }
  package func issues(at node: Node, in graph: StepGraph) -> [ValidationIssue?] { [] }
  package func checkOrder(_ check: inout OrderCheck, _ node: Node, _ facts: OrderFacts) {}
}

extension BuiltInStep {
  package func has(_ trait: StepTraits) -> Bool { traits.contains(trait) }

  package func isEqual(to other: any BuiltInStep) -> Bool { other as? Self == self }

  /// Whether nothing happens there: branches meet.
  package var isMeetingPoint: Bool {
    let point = self as? GraphPoint
    return point == .join || point == .meeting
  }

  /// Whether its environment says which version the target is.
  package var saysVersion: Bool { neededRole == .target && !interpolation.isEmpty }

  /// The secrets that the plan gives it.
  package var secrets: [Secret] {
    (variables.sorted { $0.key < $1.key }.map(\.value) + sent).flatMap(\.secrets)
  }

  var startsTarget: Bool { effect == .starts(.target) }
  var stopsTarget: Bool { effect == .stops(.target) }
  /// Whether it makes the image that `Up(.target)` starts.
  var makesImage: Bool { effect == .makesImage(.target) }
}

/// What holds for a step wherever it stands in a plan.
package struct StepTraits: OptionSet, Sendable {
  package let rawValue: Int
  package init(rawValue: Int) { self.rawValue = rawValue }

  /// It starts, stops or switches: the order among such steps must be known.
  package static let inOrder = StepTraits(rawValue: 1)
  /// A run does it once, so that it cannot stand in ``Retry``.
  package static let once = StepTraits(rawValue: 2)
  /// Later steps rely on it, so that its failure cannot be passed over.
  package static let reliedOn = StepTraits(rawValue: 4)
  /// It may stand in an undo and in `onFailure`: it tells, runs a command or lets time pass.
  package static let beside = StepTraits(rawValue: 8)
  /// It needs a Docker engine.
  package static let needsEngine = StepTraits(rawValue: 16)
  /// It is over at once and changes nothing: a plan may have thousands of them.
  package static let instant = StepTraits(rawValue: 32)
  /// It only looks: a dry run does it as a real one, and a resumed run looks again.
  package static let onlyLooks = StepTraits(rawValue: 64)
  /// Only the run's time limits it: images and databases are as large as they are.
  package static let takesLong = StepTraits(rawValue: 128)
  /// It must not happen twice: a resumed run does not repeat it even before the switch was proved.
  package static let keptOnResume = StepTraits(rawValue: 256)
  /// It tidies up: its failure after the proved switch does not cause a rollback.
  package static let tidiesUp = StepTraits(rawValue: 512)
  /// Its failure is a warning, unless the step's own modifier says otherwise.
  package static let failureWarns = StepTraits(rawValue: 1024)
}

/// What a step brings about, as far as the order of a plan depends on it.
package enum StepEffect: Hashable, Sendable {
  /// The roles are bound.
  case detects
  /// The image of a role's service is made.
  case makesImage(Role)
  /// A role's service runs.
  case starts(Role)
  /// A role's service is known to be healthy.
  case gates(Role)
  /// The site file is the target's.
  case swaps
  /// The proxy has loaded the site file.
  case reloads
  /// A role's service does not run.
  case stops(Role)
}

/// What a node is that is not a built-in step.
package enum GraphPoint: BuiltInStep {
  /// The code of a ``PrimitiveStep``.
  case code(summary: String)
  /// Finds out whether the steps of a ``When`` are done.
  case condition(summary: String)
  /// Nothing: where parallel branches meet.
  case join
  /// Nothing: where the branches of a ``When`` meet.
  case meeting

  package var kind: String {
    switch self {
    case .code: "code"
    case .condition: "when"
    case .join: "join"
    case .meeting: "meeting"
    }
  }

  package var title: String {
    switch self {
    case .code(let summary): summary
    case .condition(let summary): "When \(summary)"
    case .join, .meeting: kind
    }
  }

  package var particulars: [String: String] {
    if case .condition(let summary) = self { ["condition": summary] } else { [:] }
  }

  package var traits: StepTraits {
    switch self {
    case .code: [.beside, .keptOnResume]
    case .condition: [.reliedOn, .onlyLooks, .keptOnResume]
    case .join, .meeting: [.beside, .keptOnResume, .instant]
    }
  }
}

extension [String: String] {
  func adding(
    _ environment: [String: EnvironmentValue], as prefix: String = "environment"
  ) -> [String: String] {
    var copy = self
    for (name, value) in environment { copy["\(prefix).\(name)"] = value.description }
    return copy
  }
}
