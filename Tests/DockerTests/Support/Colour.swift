/// The two services of the example and what tells them apart.
enum Colour: String, CaseIterable, Sendable {
  case blue, green

  /// The service's name in the Compose file.
  var service: String { "grafana-\(rawValue)" }

  /// What `/api/health` says while this colour serves.
  var version: String { self == .blue ? "12.4" : "12.3" }

  var other: Colour { self == .blue ? .green : .blue }
}
