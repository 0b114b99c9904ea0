/// Finds the colour that serves now and binds the roles: the other colour becomes the target.
///
/// Three witnesses are asked: the site file, what the proxy has loaded, and what runs. If they
/// disagree the run ends before anything is changed, and says how to resolve it.
public struct DetectActive: BuiltInStep {
  /// Makes the step.
  public init() {}
}

extension DetectActive {
  package var kind: String { "detect-active" }
  package var traits: StepTraits { [.once, .reliedOn, .needsEngine, .onlyLooks] }
  package var effect: StepEffect? { .detects }

  package func checkOrder(_ check: inout OrderCheck, _ node: Node, _ facts: OrderFacts) {
    check.checkFirst(
      node, "DetectActive()", fix: "keep the first: the roles hold for the whole run")
  }
}
