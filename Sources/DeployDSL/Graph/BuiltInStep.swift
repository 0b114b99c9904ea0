/// A step of the library: everything that graph, validation and runner need to know about it,
/// except how it runs, which `DeployRunner` defines in an extension.
///
/// A small step defines its kind and overrides some defaults.
package protocol BuiltInStep: Step, Hashable, Encodable {
  /// The kind, as in graph and events; in camel case it is the step's key in the encoding.
  var kind: String { get }
  /// The step in a few words, for progress and history: `Up target`. Default: the type's name.
  var title: String { get }
  /// The arguments as texts, for graph and JSON. Default: none.
  var particulars: [String: String] { get }
  /// The limits and arguments to show beside the title, in a few words each. Default: none.
  func highlights(in application: Application) -> [String]
  /// What a rollback does about the step, in a few words: `stop target`. Default: `nil`, nothing.
  var ownUndo: String? { get }
  /// The role that must be bound. Default: none.
  var neededRole: Role? { get }
  /// The traits of the step, independent of its position. Default: none.
  var traits: StepTraits { get }
  /// The effects on which later steps can rely. Default: none.
  var effect: StepEffect? { get }
  /// The time that its own arguments allow, with a text for messages. Default: none.
  var ownTime: (text: String, time: Duration)? { get }

  /// The variables that it needs for Compose interpolation. Default: none.
  var interpolation: [String: EnvironmentValue] { get }
  /// The variables set by the plan. Default: those for interpolation.
  var variables: [String: EnvironmentValue] { get }
  /// The content that it sends to a server or to a command's standard input. Default: none.
  var sent: [EnvironmentValue] { get }
  /// The other texts of the plan in it, above all commands. Default: none.
  var texts: [String] { get }

  /// The issues of its own numbers, texts and times. Default: none.
  func issues(at node: Node, in graph: StepGraph) -> [ValidationIssue?]
  /// Reports the issues of its position among the other steps. Default: none.
  func checkOrder(_ check: inout OrderCheck, _ node: Node, _ facts: OrderFacts)
}

extension BuiltInStep {
  /// The step is its own description.
  public var body: Steps { Steps(leaf: .step(self)) }

  package var title: String { "\(Self.self)" }
  package var particulars: [String: String] { [:] }
  package func highlights(in application: Application) -> [String] { [] }
  package var ownUndo: String? { nil }
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

  /// Whether it only joins branches.
  package var isMeetingPoint: Bool {
    let point = self as? GraphPoint
    return point == .join || point == .meeting
  }

  /// Whether its environment determines the target's version.
  package var saysVersion: Bool { neededRole == .target && !interpolation.isEmpty }

  /// The secrets that it contains.
  package var secrets: [Secret] {
    (variables.sorted { $0.key < $1.key }.map(\.value) + sent).flatMap(\.secrets)
  }

  var startsTarget: Bool { effect == .starts(.target) }
  var stopsTarget: Bool { effect == .stops(.target) }
  /// Whether it produces the image that `Up(.target)` starts.
  var makesImage: Bool { effect == .makesImage(.target) }
}

/// The traits of a step, independent of its position in a plan.
package struct StepTraits: OptionSet, Sendable {
  package let rawValue: Int
  package init(rawValue: Int) { self.rawValue = rawValue }

  /// It starts, stops or switches: the order among such steps must be known.
  package static let inOrder = StepTraits(rawValue: 1)
  /// It runs once per deploy, so it is not allowed in ``Retry``.
  package static let once = StepTraits(rawValue: 2)
  /// Later steps rely on it, so a run cannot continue after its failure.
  package static let reliedOn = StepTraits(rawValue: 4)
  /// It is allowed in an undo and in `onFailure`: it notifies, runs a command or waits.
  package static let beside = StepTraits(rawValue: 8)
  /// It needs a Docker engine.
  package static let needsEngine = StepTraits(rawValue: 16)
  /// It ends immediately and changes nothing: a plan may have thousands of them.
  package static let instant = StepTraits(rawValue: 32)
  /// It only reads: a dry run performs it, and a resumed run repeats it.
  package static let onlyLooks = StepTraits(rawValue: 64)
  /// Only the run's timeout limits it, because images and databases may be large.
  package static let takesLong = StepTraits(rawValue: 128)
  /// It must not run twice: a resumed run does not repeat it, even before the switch was proved.
  package static let keptOnResume = StepTraits(rawValue: 256)
  /// It cleans up: its failure after the proved switch does not cause a rollback.
  package static let tidiesUp = StepTraits(rawValue: 512)
  /// Its failure is a warning, unless the step's own modifier specifies otherwise.
  package static let failureWarns = StepTraits(rawValue: 1024)
}

/// The effects of a step that matter for the order of a plan.
package enum StepEffect: Hashable, Sendable {
  /// The roles are bound.
  case detects
  /// The image of a role's service is available.
  case makesImage(Role)
  /// A role's service is running.
  case starts(Role)
  /// A role's service is known to be healthy.
  case gates(Role)
  /// The site file is the target's.
  case swaps
  /// The proxy has loaded the site file.
  case reloads
  /// A role's service is stopped.
  case stops(Role)
}

/// The content of a node that is not a built-in step.
package enum GraphPoint: BuiltInStep {
  /// The code of a ``PrimitiveStep``.
  case code(summary: String)
  /// The condition of a ``When``.
  case condition(summary: String)
  /// A join of parallel branches.
  case join
  /// A join of the branches of a ``When``.
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
