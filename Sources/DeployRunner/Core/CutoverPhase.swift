/// The progress of a cutover.
package enum CutoverPhase: String, Codable, Hashable, Sendable {
  /// The proxy still uses the old configuration.
  case untouched
  /// The site file holds the target's configuration, or is about to; nothing has been reloaded.
  case written
  /// The reload was requested; the active colour is unknown.
  case reloading
  /// nginx kept the old configuration.
  case refused
  /// The new configuration answers.
  case proved
  /// The old configuration was restored after the new one had been requested.
  case restored
}
