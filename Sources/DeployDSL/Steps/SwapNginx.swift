/// Replaces the proxy's site file by the target's source and tests the configuration.
///
/// A site file without sources is rewritten: see ``Site``.
///
/// It does not reload nginx: use ``Reload``. If the test fails, the old bytes are restored.
public struct SwapNginx: BuiltInStep {
  /// Makes the step.
  public init() {}
}

extension SwapNginx {
  package var kind: String { "swap-nginx" }
  package var ownUndo: String? { "old site file" }
  package var neededRole: Role? { .target }
  package var traits: StepTraits { [.inOrder, .once, .reliedOn] }
  package var effect: StepEffect? { .swaps }

  package func checkOrder(_ check: inout OrderCheck, _ node: Node, _ facts: OrderFacts) {
    check.checkSwap(node, facts)
  }
}
