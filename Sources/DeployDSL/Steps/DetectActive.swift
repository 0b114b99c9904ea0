/// Finds the colour that serves now and binds the roles: the other colour becomes the target.
///
/// Three witnesses are asked: the site file, what the proxy has loaded, and what runs. If they
/// disagree the run ends before anything is changed, and says how to resolve it.
public struct DetectActive: ActionStep, Hashable {
  /// Makes the step.
  public init() {}

  /// `detect-active`.
  public var action: Action { .detectActive(self) }
}
