package import DeployDSL

/// Recognises what nginx says about a configuration that it refuses, and knows the way out.
package enum NginxErrorClassifier {
  /// Explains a failed test of the configuration.
  ///
  /// - Parameters:
  ///   - errors: what nginx printed.
  ///   - site: the site file's text, for the line that a syntax error means.
  package static func failure(_ errors: String, site: [UInt8], source: String) -> DeployError {
    let lines = errors.split(whereSeparator: \.isNewline).map(String.init)
    let said = lines.first(where: isGrave) ?? lines.last ?? "no message"
    let known = all.first { mark, _ in errors.contains(mark) }
    var details = lines
    // A line of nginx.conf is not one of the site file.
    if syntax.contains(where: { errors.contains($0) }), !said.contains("/nginx.conf:") {
      details += around(lineNumber(in: said), site: site, source: source)
    }
    let fix = known?.fix ?? "fix \(source) and test it with `nginx -t` in the proxy's container"
    return DeployError(
      .configuration, "nginx rejects the configuration from \(source): \(short(said).escaped)",
      fix: fix, details: details)
  }

  /// nginx's own reason, without the words around it.
  static func reason(in errors: String) -> String {
    let lines = errors.split(whereSeparator: \.isNewline).map(String.init)
    return short(lines.first(where: isGrave) ?? lines.last ?? "no message").escaped
  }

  /// Whether nginx itself said something: docker says nothing of its kind.
  ///
  /// Where `error_log` leads to standard error, its lines begin with a date instead of `nginx:`.
  package static func isFromNginx(_ errors: String) -> Bool {
    errors.contains("nginx:")
      || errors.split(whereSeparator: \.isNewline).map(String.init).contains(where: isGrave)
  }

  /// What mistakes in writing are called, for which the lines before help.
  private static let syntax = [
    "unexpected \"}\"", "unexpected \"{\"", "unexpected end of file", "invalid parameter",
    "invalid number of arguments", "unknown directive",
  ]

  private static let all: [(mark: String, fix: String)] = [
    (
      "\"upstream\" directive is not allowed here",
      "include the site file inside http { … } of nginx.conf, not outside it or deeper"
    ),
    (
      "Is a directory",
      "remove that folder and put a file there: Docker makes a folder of a file that is missing "
        + "when the proxy starts"
    ),
    ("unexpected \"}\"", "look for a missing semicolon on the line before"),
    ("unexpected end of file", "look for a missing } or semicolon"),
    ("invalid parameter", "look for a missing semicolon on that line or the line before"),
    ("invalid number of arguments", "look for a missing semicolon on that line or the line before"),
    (
      "host not found in upstream",
      "make sure that the service runs, and is on a network of the proxy's"
    ),
    ("duplicate upstream", "keep the colours' sources out of the folder that nginx includes"),
    (
      "must be less than",
      "set proxy_buffers and proxy_busy_buffers_size together with proxy_buffer_size"
    ),
    (
      "nginx.pid\"",
      "make nginx the container's command (`nginx -g 'daemon off;'`) and restart it"
    ),
  ]

  private static func isGrave(_ line: String) -> Bool {
    ["[emerg]", "[alert]", "[crit]", "[error]"].contains { line.contains($0) }
  }

  /// nginx's message without its prefix.
  private static func short(_ line: String) -> String {
    guard let bracket = line.firstIndex(of: "["), let end = line[bracket...].firstIndex(of: "]")
    else { return line }
    // After the level come process numbers: `[emerg] 12#12: host not found …`.
    let rest = line[line.index(after: end)...].drop { $0 == " " }
    let words = rest.split(separator: " ", maxSplits: 1)
    guard words.count == 2, words[0].hasSuffix(":"), words[0].contains("#") else {
      return String(rest)
    }
    return String(words[1])
  }

  private static func lineNumber(in message: String) -> Int? {
    message.split(separator: ":").last.flatMap { Int($0.prefix { $0.isNumber }) }
  }

  /// The lines of the file up to the one that nginx means.
  private static func around(_ number: Int?, site: [UInt8], source: String) -> [String] {
    guard let number else { return [] }
    let lines = String(decoding: site, as: UTF8.self)
      .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    let shown = max(1, number - 2)...max(1, number)
    return shown.compactMap { line in
      line <= lines.count ? "\(source):\(line): \(lines[line - 1])" : nil
    }
  }
}
