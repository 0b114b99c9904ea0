/// The checks of values that one step sets for later ones.
extension OrderCheck {
  mutating func checkKeys(_ node: Node, _ facts: OrderFacts) {
    for key in node.reads where !facts.written.contains(key) {
      let named = graph.nodes.first { other in
        other.id != node.id && other.writes.contains { $0.name == key.name }
      }
      guard let named else {
        report(
          "\(node.step.title) reads \"\(key.name.escaped)\", but no step sets it",
          fix: "put a step before it that lists the key in its writes", at: node)
        continue
      }
      let line = "at line \(named.location.line)"
      if named.writes.contains(key) {
        report(
          "\(node.step.title) reads \"\(key.name.escaped)\", but does not come after "
            + "\(named.step.title) \(line), which sets it",
          fix: "put it after that step, not in parallel", at: node)
      } else {
        report(
          "\(node.step.title) reads \"\(key.name.escaped)\" as another type than "
            + "\(named.step.title) \(line) sets it",
          fix: "use one key for both", at: node)
      }
    }
  }
}
