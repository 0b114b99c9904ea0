/// Removes leftovers of old deploys: dangling images and, optionally, unused networks.
///
/// It never removes anything that a container uses, running or stopped: the previous colour can
/// still be started.
public struct Prune: BuiltInStep {
  /// Whether dangling images are removed.
  package var images: Bool
  /// Whether networks that no container is attached to are removed.
  package var networks: Bool

  /// Removes leftovers of old deploys.
  ///
  /// - Parameters:
  ///   - images: whether to remove dangling images. Default: yes.
  ///   - networks: whether to remove networks without any container, running or stopped, except the
  ///     application's own. Default: no.
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
