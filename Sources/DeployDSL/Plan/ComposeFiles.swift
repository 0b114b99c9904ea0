/// A type that names Compose files in a plan: a string for one file, a list of strings for several.
///
/// ```swift
/// Deploy("shop", compose: ["compose.yaml", "compose.prod.yaml"]) { DetectActive() }
/// ```
/// The order is Compose's: a later file adds to the earlier ones and overrides them.
public protocol ComposeFiles: Sendable {}

extension String: ComposeFiles {}
extension Array: ComposeFiles where Element == String {}

extension ComposeFiles {
  /// The paths, in Compose's order.
  package var paths: [String] {
    switch self {
    case let paths as [String]: paths
    case let path as String: [path]
    default: []
    }
  }
}
