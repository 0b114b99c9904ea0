extension Step {
  /// Runs steps right before this step or group.
  ///
  /// They are ordinary steps of the plan; the modifiers of this step do not apply to them. Several
  /// blocks run in the order in which they are written.
  ///
  /// - Throws: what `steps` throws.
  public func before(@PlanBuilder steps: () throws -> Steps) rethrows -> ModifiedStep {
    var copy = ModifiedStep.wrapping(self)
    copy.before = Steps(copy.before.entries + (try steps()).entries)
    return copy
  }

  /// Runs steps right after this one has succeeded; the next step waits for them too.
  ///
  /// They are ordinary steps of the plan; the modifiers of this step do not apply to them. Several
  /// blocks run in the order in which they are written.
  ///
  /// - Throws: what `steps` throws.
  public func after(@PlanBuilder steps: () throws -> Steps) rethrows -> ModifiedStep {
    var copy = ModifiedStep.wrapping(self)
    copy.after = Steps(copy.after.entries + (try steps()).entries)
    return copy
  }
}
