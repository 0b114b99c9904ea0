/// A step of a plan: composed of other steps, or a primitive with code.
///
/// A composite step lists its parts in `body`:
/// ```swift
/// struct Refresh: Step {
///   var body: Steps {
///     Pull(.target)
///     Up(.target)
///   }
/// }
/// ```
/// For your own code write a ``PrimitiveStep``.
public protocol Step: Sendable {
  /// The steps that this one is composed of.
  @PlanBuilder var body: Steps { get }
}

/// A step with its own code.
///
/// ```swift
/// struct Migrate: PrimitiveStep {
///   let summary = "migrate the database"
///   func run(in context: StepContext) async throws {
///     try await context.exec(.target, "bin/migrate", "--to", "latest")
///   }
/// }
/// ```
/// Run commands and probes through the context, so that dry run, the simulated host, timeouts and
/// cancellation apply to them. Conform to ``UndoableStep`` as well if it can be undone.
public protocol PrimitiveStep: Step {
  /// What the step does, in a few words, for progress and dry run. Default: the type's name.
  var summary: String { get }

  /// The values of earlier steps that it reads. Default: none.
  var reads: Keys { get }

  /// The values that it sets for later steps. Default: none.
  var writes: Keys { get }

  /// The secrets that its commands use: with `--on`, only these are read where bgrun was started.
  /// Default: none.
  var secrets: [Secret] { get }

  /// Whether `bgrun resume` may repeat the completed step to restore a value that a later step
  /// reads. Default: no; such a run cannot be resumed.
  var isRepeatable: Bool { get }

  /// Performs the step.
  ///
  /// It is also called in a dry run and on a simulated host, where the context replaces commands,
  /// requests and waits. Before doing anything without the context, check ``StepContext/isDryRun``
  /// and ``StepContext/isRehearsal``.
  ///
  /// - Throws: any error; the step then fails with its description. A ``DeployError`` also contains
  ///   a fix.
  func run(in context: StepContext) async throws
}

extension PrimitiveStep {
  /// The step is its own code.
  public var body: Steps { Steps(leaf: .code(self)) }

  /// The type's name.
  public var summary: String { "\(Self.self)" }

  /// None.
  public var reads: Keys { Keys() }

  /// None.
  public var writes: Keys { Keys() }

  /// None.
  public var secrets: [Secret] { [] }

  /// No.
  public var isRepeatable: Bool { false }
}

/// A primitive step that can be undone when a later step fails.
public protocol UndoableStep: PrimitiveStep {
  /// Undoes what `run(in:)` did; also called when `run(in:)` itself failed part-way.
  ///
  /// - Throws: any error; the report then lists it along with the run's first failure, and the run
  ///   ends with exit code 4.
  func undo(in context: StepContext) async throws
}
