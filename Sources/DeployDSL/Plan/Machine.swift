/// One of the two machines of a deploy with `--on`; without `--on` they are the same.
public enum Machine: String, Hashable, Sendable, Codable {
  /// The host that is deployed to.
  case host
  /// The machine on which a person or CI has started bgrun.
  case controller
}
