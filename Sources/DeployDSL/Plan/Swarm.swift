/// A Docker Swarm on which the colours are services of a stack.
///
/// ```swift
/// Deploy(
///   "shop", blue: "blue", green: "green", proxy: "proxy", health: "/health", swarm: Swarm("shop")
/// ) {
///   DetectActive()
///   Up(.target)
///   Health()
///   SwapNginx()
///   Reload()
///   Stop(.previous)
/// }
/// ```
/// bgrun runs on a manager and changes two things of a colour's service: its image, which the Compose
/// file names, and how many tasks it has. Everything else is as `docker stack deploy` has made it.
public struct Swarm: Hashable, Sendable, Codable {
  /// The stack's name, as in `docker stack deploy … shop`.
  package var stack: String
  /// The nodes that nginx runs on, as OpenSSH reaches them from the manager; empty for the manager alone.
  package var proxies: [String]

  /// The manager itself, among the nodes that nginx runs on.
  package static let here = "localhost"

  /// Names a stack and the nodes that nginx runs on.
  ///
  /// - Parameters:
  ///   - stack: the stack's name. Its services are `STACK_blue` and `STACK_green`.
  ///   - proxies: the nodes that nginx runs on, each as `[USER@]HOST` for OpenSSH; `localhost` is the
  ///     manager that bgrun runs on. Default: that manager alone.
  public init(_ stack: String, proxies: [String] = []) {
    (self.stack, self.proxies) = (stack, proxies)
  }

  /// The full name of a service.
  package func service(_ name: String) -> String { "\(stack)_\(name)" }

  /// The service that a task's name belongs to, and its number: `shop_blue.2` and `shop_blue.2.ID`;
  /// `nil` for any other name.
  package func task(_ name: String) -> (service: String, number: Int)? {
    guard name.hasPrefix("\(stack)_") else { return nil }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    // A service's name may have dots itself.
    for index in parts.indices.dropFirst() where parts.count - index <= 2 {
      guard let number = Int(parts[index]) else { continue }
      return (parts[..<index].joined(separator: "."), number)
    }
    return nil
  }
}
