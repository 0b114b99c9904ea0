import DeployRunner

/// A file that a command writes for the user: on the user's machine, wherever the command runs.
struct UserFile: Codable, Sendable {
  private static let word = "file"

  /// Its path; `-` is standard output.
  let path: String
  let text: String
  /// What is said once it is written.
  let note: String

  /// Writes it, or has the user's machine write it.
  ///
  /// - Throws: ``ToolError`` if it cannot be written.
  func deliver(_ options: Options, _ output: Output) throws(ToolError) {
    guard options.isOnHost else { return try write(output) }
    output.write("\(HostScript.mark) \(Self.word) \(String(decoding: jsonLine, as: UTF8.self))\n")
  }

  func write(_ output: Output) throws(ToolError) {
    if path == "-" { return output.write(text) }
    guard Files.replace(path, with: text) else {
      throw ToolError(
        "cannot write \(path)", fix: "name another file: --output FILE", code: .environment)
    }
    output.complain(note)
  }

  /// The file in a line that a host has printed; `nil` if there is none, or none that the user has
  /// asked for: a host has no say in where the user's machine writes.
  init?(in line: String, _ options: Options) {
    guard let said = HostScript.said(line), said.word == Self.word,
      let file = UserFile(jsonLine: said.rest.utf8)
    else { return nil }
    let isPage =
      options.command is ReportCommand && file.path.hasSuffix(".html")
      && !file.path.contains("/") && !file.path.hasPrefix(".")
    guard options.out.map({ file.path == $0 }) ?? isPage else { return nil }
    self = file
  }

  init(_ path: String, _ text: String, note: String) {
    (self.path, self.text, self.note) = (path, text, note)
  }
}
