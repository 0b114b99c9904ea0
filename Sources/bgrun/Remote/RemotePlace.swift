import DeployRunner

/// Where `--on` leads: `[USER@]HOST[:/PROJECT]`, or `ssh://[USER@]HOST[:PORT][/PROJECT]`.
struct RemotePlace: Hashable, Sendable {
  /// As it was typed.
  let text: String
  /// What OpenSSH connects to.
  let destination: String
  /// The project's folder on the host; `nil` if it has the same path as here.
  let project: String?

  init(_ text: String) throws(ToolError) {
    self.text = text
    let scheme = "ssh://"
    var (host, path) = (text[...], Substring())
    if text.hasPrefix(scheme) {
      let slash = text.dropFirst(scheme.count).firstIndex(of: "/") ?? text.endIndex
      (host, path) = (text[..<slash], text[slash...])
    } else {
      // An IPv6 address in brackets has colons of its own.
      let end = text.lastIndex(of: "]") ?? text.startIndex
      if let colon = text[end...].firstIndex(of: ":") {
        (host, path) = (text[..<colon], text[text.index(after: colon)...])
      }
      host = host.filter { $0 != "[" && $0 != "]" }[...]
    }
    destination = String(host)
    project = path.isEmpty ? nil : String(path)
    // A leading "-" would be an option of ssh.
    guard !host.isEmpty, !host.hasPrefix("-"), !host.hasSuffix("@"), host != scheme[...],
      !text.unicodeScalars.contains(where: { $0.value < 32 })
    else {
      throw ToolError(
        "--on \(text.showable) names no host", fix: "write --on [USER@]HOST[:/PROJECT]")
    }
  }

  /// The same host with a folder there, as `--on` takes it.
  func text(in folder: String) -> String {
    guard !destination.hasPrefix("ssh://") else { return destination + folder }
    let parts = destination.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard let host = parts.last, host.contains(":") else { return "\(destination):\(folder)" }
    // An IPv6 address.
    return parts.dropLast().map { "\($0)@" }.joined() + "[\(host)]:\(folder)"
  }

  /// A text without slashes at the end of the folder, so that one host has one name.
  static func withoutLastSlash(_ text: String) -> String {
    guard var folder = (try? RemotePlace(text))?.project else { return text }
    var text = text
    while folder.count > 1, folder.hasSuffix("/") {
      folder.removeLast()
      text.removeLast()
    }
    return text
  }
}
