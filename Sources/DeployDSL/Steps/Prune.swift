/// Removes what old deploys left: dangling images, and unused networks if asked for.
///
/// Nothing that a container uses is removed, running or stopped: the previous colour stays
/// startable.
public struct Prune: ActionStep, Hashable {
  /// Whether dangling images are removed.
  public var images: Bool
  /// Whether networks that no container is attached to are removed.
  public var networks: Bool

  /// Removes what old deploys left.
  ///
  /// - Parameters:
  ///   - images: whether dangling images go. Default: yes.
  ///   - networks: whether networks without any container, running or stopped, go. The
  ///     application's own never do. Default: no.
  public init(images: Bool = true, networks: Bool = false) {
    self.images = images
    self.networks = networks
  }

  /// `prune`.
  public var action: Action { .prune(self) }
}
