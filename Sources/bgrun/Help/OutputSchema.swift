/// The schema of what commands print with `--format json`: `bgrun help schema`.
///
/// A test holds the outputs of all commands against it.
enum OutputSchema {
  /// It changes if a property is removed or renamed, or its meaning changes.
  static let version = 1

  /// `bgrun-output-1.json`, beside this file.
  static let text = String(decoding: PackageResources.bgrun_output_1_json, as: UTF8.self)
}
