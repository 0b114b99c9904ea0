extension Step {
  /// Does steps right before this one, a group, or any other step.
  ///
  /// They are steps of the plan like others, and what the modifiers of this step say is not for
  /// them. Of several blocks the one that is written first is done first.
  ///
  /// - Throws: what `steps` throws.
  public func before(@PlanBuilder steps: () throws -> Steps) rethrows -> ModifiedStep {
    var copy = ModifiedStep.wrapping(self)
    copy.before = Steps(copy.before.entries + (try steps()).entries)
    return copy
  }

  /// Does steps right after this one, once it has succeeded; what follows waits for them too.
  ///
  /// They are steps of the plan like others, and what the modifiers of this step say is not for
  /// them. Of several blocks the one that is written first is done first.
  ///
  /// - Throws: what `steps` throws.
  public func after(@PlanBuilder steps: () throws -> Steps) rethrows -> ModifiedStep {
    var copy = ModifiedStep.wrapping(self)
    copy.after = Steps(copy.after.entries + (try steps()).entries)
    return copy
  }
}
