/// How a run measures what users see: bgrun's own requests through the proxy, while the run lasts.
///
/// ```swift
/// Deploy("grafana", health: "/api/health", receipt: Receipt(rate: 5, path: "/login")) {
///   DetectActive()
/// }
/// ```
/// The requests use the address, name and TLS that clients use, one at a time: a slow application
/// gets fewer of them. The last line of the run and `bgrun history` say how many failed, and when.
public struct Receipt: Hashable, Sendable, Codable {
  /// Requests a second; 0 for none.
  package let rate: Double
  /// The requested path; `nil` is the health path, or one that leads to the colours.
  package let path: String?

  /// Describes the requests.
  ///
  /// - Parameters:
  ///   - rate: the most requests a second, up to 100. Default: 20.
  ///   - path: the requested path. Default: the application's health path, or if nginx does not send
  ///     that to the colours, a path that leads to them.
  public init(rate: Double = 20, path: String? = nil) {
    self.rate = rate
    self.path = path
  }

  /// No requests and no receipt.
  public static let off = Receipt(rate: 0)
}
