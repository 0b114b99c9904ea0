/// The version of bgrun, as shown by `--version` and stored in journals.
package enum BgrunVersion {
  /// The version number.
  package static let text = "0.1.0"
}
