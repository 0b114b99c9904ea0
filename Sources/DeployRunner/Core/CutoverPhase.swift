/// How far a switch has come.
package enum CutoverPhase: String, Codable, Hashable, Sendable {
  /// The proxy serves what it served.
  case untouched
  /// The site file holds the target's configuration, or is about to; nothing has been reloaded.
  case written
  /// The reload was requested; the active colour is unknown.
  case reloading
  /// nginx kept the old configuration.
  case refused
  /// The new configuration answers.
  case proved
  /// The old configuration is back, after the new one had been asked for.
  case restored
}
