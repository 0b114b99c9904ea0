/// One thing a plan does: composed of other steps, or a primitive of its own.
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
/// For code of your own write a ``PrimitiveStep``.
public protocol Step: Sendable {
  /// The steps this one is made of.
  @PlanBuilder var body: Steps { get }
}

/// A step with code of its own.
///
/// ```swift
/// struct Migrate: PrimitiveStep {
///   let summary = "migrate the database"
///   func run(in context: StepContext) async throws {
///     try await context.exec(.target, "bin/migrate", "--to", "latest")
///   }
/// }
/// ```
/// Commands and probes go through the context, so that dry run, the simulated host, timeouts and
/// cancellation hold for them too. Conform to ``UndoableStep`` as well if it can be undone.
public protocol PrimitiveStep: Step {
  /// What the step does, in a few words, for progress and dry run. Default: the type's name.
  var summary: String { get }

  /// The values of earlier steps that it asks for. Default: none.
  var reads: Keys { get }

  /// The values that it sets for later steps. Default: none.
  var writes: Keys { get }

  /// Whether `bgrun resume` may run it again although it was done, because a later step reads a
  /// value that it had set and that died with the run. Default: no, such a run cannot be resumed.
  var isRepeatable: Bool { get }

  /// Does it.
  ///
  /// It is called in a dry run and on a simulated host as well: their commands, requests and waits go
  /// through the context. What does not go through it first asks ``StepContext/isDryRun`` and
  /// ``StepContext/isRehearsal``.
  ///
  /// - Throws: any error; the step has then failed with that error's description. A ``DeployError``
  ///   says the fix too.
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

  /// No.
  public var isRepeatable: Bool { false }
}

/// A primitive step that can be undone when a later step fails.
public protocol UndoableStep: PrimitiveStep {
  /// Undoes what `run(in:)` did; also called when `run(in:)` itself failed part-way.
  ///
  /// - Throws: any error; the report then names it beside the run's first failure, and the run ends
  ///   with exit code 4.
  func undo(in context: StepContext) async throws
}
