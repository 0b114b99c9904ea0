import BgrunSystem
package import DeployDSL

/// Identifies what a graph does: a hash of the encoded graph.
package enum PlanFingerprint {
  /// Sixteen hexadecimal digits.
  ///
  /// - Throws: ``DeployError`` if the graph cannot be encoded.
  package static func of(_ graph: StepGraph) throws(DeployError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    var hash = SHA256()
    do {
      hash.update(try encoder.encode(graph))
    } catch {
      throw DeployError(.plan, "the plan cannot be encoded: \(error)")
    }
    return hash.shortHex()
  }
}
