/// Finds the active colour and binds the roles: the other colour becomes the target.
///
/// It cross-checks three sources: the site file, the proxy's loaded configuration, and the running
/// services. If they disagree, the run ends before it changes anything and reports how to resolve
/// it.
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
