extension Step {
  /// Runs steps right before this step or group.
  ///
  /// They are ordinary steps of the plan; the modifiers of this step do not apply to them. Several
  /// blocks run in the order in which they are written.
  ///
  /// - Throws: what `steps` throws.
  public func before(@PlanBuilder steps: () throws -> Steps) rethrows -> ModifiedStep {
    try modified { $0.before = Steps($0.before.entries + (try steps()).entries) }
  }

  /// Runs steps right after this one has succeeded; the next step waits for them too.
  ///
  /// They are ordinary steps of the plan; the modifiers of this step do not apply to them. Several
  /// blocks run in the order in which they are written.
  ///
  /// - Throws: what `steps` throws.
  public func after(@PlanBuilder steps: () throws -> Steps) rethrows -> ModifiedStep {
    try modified { $0.after = Steps($0.after.entries + (try steps()).entries) }
  }
}
