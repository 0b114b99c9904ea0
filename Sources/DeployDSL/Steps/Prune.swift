/// Removes what old deploys left: dangling images, and unused networks if asked for.
///
/// Nothing that a container uses is removed, running or stopped: the previous colour stays
/// startable.
public struct Prune: BuiltInStep {
  /// Whether dangling images are removed.
  package var images: Bool
  /// Whether networks that no container is attached to are removed.
  package var networks: Bool

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
}

extension Prune {
  package var kind: String { "prune" }
  package var particulars: [String: String] { ["images": "\(images)", "networks": "\(networks)"] }
  package var traits: StepTraits { .tidiesUp }
}
