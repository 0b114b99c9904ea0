/// Turns a block of steps into a list; accepts `if`, `switch`, `for`, optionals and lists of steps.
///
/// It takes the location of each step from its expression, so that steps need no location
/// arguments.
@resultBuilder
public enum PlanBuilder {
  /// Takes a step.
  public static func buildExpression(
    _ step: some Step, file: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Steps {
    let location = SourceLocation(file: file, line: line, column: column)
    return Steps([Steps.Entry(step: step, location: location)])
  }

  /// Takes a step that may be absent.
  public static func buildExpression<S: Step>(
    _ step: S?, file: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Steps {
    let location = SourceLocation(file: file, line: line, column: column)
    return Steps(step.map { [Steps.Entry(step: $0, location: location)] } ?? [])
  }

  /// Takes a step of any type that may be absent.
  @_disfavoredOverload
  public static func buildExpression(
    _ step: (any Step)?, file: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Steps {
    Steps(step.map { [$0] } ?? [], file: file, line: line, column: column)
  }

  /// Takes an array of steps.
  public static func buildExpression(
    _ steps: [any Step], file: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Steps {
    Steps(steps, file: file, line: line, column: column)
  }

  /// Takes a list that another plan block built.
  public static func buildExpression(_ steps: Steps) -> Steps { steps }

  /// Explains that a plan block accepts only steps.
  @_disfavoredOverload
  @available(
    *, unavailable,
    message: "this is not a Step: a plan block lists steps, for example `Reload()`"
  )
  public static func buildExpression<T>(_ value: T) -> Steps { Steps() }

  /// Explains that a step needs its parentheses.
  @available(
    *, unavailable,
    message: "a step is a value: write it with parentheses, for example `Reload()`"
  )
  public static func buildExpression<S: Step>(_ type: S.Type) -> Steps { Steps() }

  /// Explains how to print a text.
  @available(
    *, unavailable,
    message: "a string is not a Step: use `Print(\"…\")` to print it, or `Run(\"…\")` to run it"
  )
  public static func buildExpression(_ text: String) -> Steps { Steps() }

  /// Explains that a function call is not a step.
  @available(
    *, unavailable,
    message: "this is not a Step but runs while the plan is loaded: to print use `Print(\"…\")`"
  )
  public static func buildExpression(_ nothing: Void) -> Steps { Steps() }

  /// Explains that plans cannot be nested.
  @available(*, unavailable, message: "a plan cannot contain a plan: use `Group(\"…\") { … }`")
  public static func buildExpression(_ plan: Deploy) -> Steps { Steps() }

  /// Explains how to combine steps.
  @available(
    *, unavailable,
    message: "steps are put together by `Group(\"…\") { … }` or `Parallel { … }`"
  )
  public static func buildExpression<T>(_ block: () -> T) -> Steps { Steps() }

  /// Takes an empty block.
  public static func buildBlock() -> Steps { .blank }

  /// Joins the parts of a block.
  public static func buildBlock(_ parts: Steps...) -> Steps {
    Steps(parts.flatMap(\.entries))
  }

  /// Takes an `if` without `else`.
  public static func buildOptional(_ part: Steps?) -> Steps { part ?? Steps() }

  /// Takes the first branch.
  public static func buildEither(first part: Steps) -> Steps { part }

  /// Takes the second branch.
  public static func buildEither(second part: Steps) -> Steps { part }

  /// Joins the iterations of a `for` loop.
  public static func buildArray(_ parts: [Steps]) -> Steps { Steps(parts.flatMap(\.entries)) }
}
