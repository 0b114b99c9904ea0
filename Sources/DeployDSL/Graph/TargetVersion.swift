extension [Node] {
  /// The variables that determine the target's version, as known to a step under some conditions;
  /// and those that steps of different branches set to different values, so that they are unknown
  /// there.
  package func version(
    under guards: [Guard]
  ) -> (values: [String: EnvironmentValue], open: [String]) {
    var values: [String: EnvironmentValue] = [:]
    var open: Set<String> = []
    var earlier: [Node] = []
    for node in self where !node.isExcluded(by: guards) {
      for (name, value) in node.step.interpolation {
        let isOther = earlier.contains {
          $0.excludes(node) && $0.step.interpolation[name].map { $0 != value } ?? false
        }
        if isOther { open.insert(name) }
        values[name] = value
      }
      earlier.append(node)
    }
    return (values.filter { !open.contains($0.key) }, open.sorted())
  }
}
