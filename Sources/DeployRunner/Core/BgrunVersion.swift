/// The version of bgrun, as `--version` and journals say it.
package enum BgrunVersion {
  /// The version's text.
  package static let text = "0.1.0"
}
