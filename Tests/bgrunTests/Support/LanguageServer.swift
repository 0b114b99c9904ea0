import Foundation
import BgrunTestSupport

/// The toolchain's `sourcekit-lsp`, asked as an editor asks it.
final class LanguageServer {
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private var pending = Data()
  private var number = 0
  private var diagnostics: [String: [String]] = [:]

  init(root: URL) throws {
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["sourcekit-lsp"]
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.start()
    _ = try request(
      "initialize",
      [
        "processId": Int(ProcessInfo.processInfo.processIdentifier), "rootUri": root.absoluteString,
        "capabilities": [String: String](),
      ])
    try send(["method": "initialized", "params": [String: String]()])
  }

  func stop() {
    process.terminate()
    process.waitUntilExit()
  }

  /// Opens a file; the messages of its first diagnostics.
  func diagnostics(of file: URL) throws -> [String] {
    let document: [String: Any] = [
      "uri": file.absoluteString, "languageId": "swift", "version": 1,
      "text": try String(contentsOf: file, encoding: .utf8),
    ]
    try send(["method": "textDocument/didOpen", "params": ["textDocument": document]])
    while diagnostics[file.lastPathComponent] == nil { try take(receive()) }
    return diagnostics[file.lastPathComponent] ?? []
  }

  /// What may stand at a place, counted from 0.
  func completions(in file: URL, line: Int, column: Int) throws -> [String] {
    let answer = try request(
      "textDocument/completion",
      [
        "textDocument": ["uri": file.absoluteString],
        "position": ["line": line, "character": column],
      ])
    let items = (answer as? [String: Any])?["items"] as? [[String: Any]] ?? []
    return items.compactMap { $0["label"] as? String }
  }

  private func request(_ method: String, _ params: [String: Any]) throws -> Any? {
    number += 1
    try send(["id": number, "method": method, "params": params])
    while true {
      let message = try receive()
      if message["id"] as? Int == number, message["method"] == nil {
        return message["result"]
      }
      take(message)
    }
  }

  private func take(_ message: [String: Any]) {
    guard message["method"] as? String == "textDocument/publishDiagnostics",
      let params = message["params"] as? [String: Any], let uri = params["uri"] as? String,
      let items = params["diagnostics"] as? [[String: Any]], !items.isEmpty
    else { return }
    let name = URL(string: uri)?.lastPathComponent ?? uri
    diagnostics[name] = items.compactMap { $0["message"] as? String }
  }

  private func send(_ message: [String: Any]) throws {
    var message = message
    message["jsonrpc"] = "2.0"
    let body = try JSONSerialization.data(withJSONObject: message)
    try input.fileHandleForWriting.write(
      contentsOf: Data("Content-Length: \(body.count)\r\n\r\n".utf8) + body)
  }

  private func receive() throws -> [String: Any] {
    let end = Data("\r\n\r\n".utf8)
    while true {
      if let header = pending.range(of: end) {
        let text = String(decoding: pending[..<header.lowerBound], as: UTF8.self)
        let length =
          text.split(separator: "\r\n").first { $0.hasPrefix("Content-Length:") }
          .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
        if pending.distance(from: header.upperBound, to: pending.endIndex) >= length {
          let body = pending[header.upperBound...].prefix(length)
          pending = Data(pending[header.upperBound...].dropFirst(length))
          let message = try JSONSerialization.jsonObject(with: Data(body))
          return message as? [String: Any] ?? [:]
        }
      }
      let more = output.fileHandleForReading.availableData
      guard !more.isEmpty else { throw Workbench.Failed(description: "sourcekit-lsp has ended") }
      pending += more
    }
  }
}
