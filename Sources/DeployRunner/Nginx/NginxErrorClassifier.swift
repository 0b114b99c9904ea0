package import DeployDSL

/// Recognises nginx's error messages, and suggests fixes.
package enum NginxErrorClassifier {
  /// Explains a failed test of the configuration.
  ///
  /// - Parameters:
  ///   - errors: nginx's standard error.
  ///   - site: the site file's text, to quote the line of a syntax error.
  ///   - source: the file that the text is from, as the user knows it.
  ///   - path: the site file's path for nginx, which tells its errors from those in other files.
  ///     Default: any file but nginx.conf is taken for it.
  package static func failure(
    _ errors: String, site: [UInt8], source: String, at path: String? = nil
  ) -> DeployError {
    let lines = errors.split(whereSeparator: \.isNewline).map(String.init)
    let said = lines.first(where: isError) ?? lines.last ?? "no message"
    let known = all.first { errors.contains($0.mark) }
    var details = lines
    // A line number in another file does not refer to the site file.
    let other = file(in: said).flatMap { file in
      (path == nil ? file.hasSuffix("/nginx.conf") : file != path) ? file : nil
    }
    if syntax.contains(where: { errors.contains($0) }), other == nil {
      details += excerpt(lineNumber(in: said), site: site, source: source)
    }
    let place = other ?? source
    let fix = known?.fix ?? "fix \(place) and test it with `nginx -t` where nginx runs"
    return DeployError(
      .configuration, "nginx rejects the configuration in \(place): \(short(said).escaped)",
      fix: fix, details: details)
  }

  /// Whether a file other than the site file has a syntax error, which no switch can cure.
  ///
  /// - Parameter path: the site file, as nginx names it.
  static func isSyntaxError(_ errors: String, outside path: String) -> Bool {
    guard syntax.contains(where: { errors.contains($0) }) else { return false }
    return file(in: reason(in: errors)).map { $0 != path } ?? false
  }

  /// The file that a message names.
  private static func file(in message: String) -> String? {
    message.firstMatch(of: /in (\/\S+):\d+/).map { String($0.output.1) }
  }

  /// nginx's own reason.
  static func reason(in errors: String) -> String {
    let lines = errors.split(whereSeparator: \.isNewline).map(String.init)
    return short(lines.first(where: isError) ?? lines.last ?? "no message").escaped
  }

  /// Whether the output contains a message of nginx itself, not only docker's.
  ///
  /// If `error_log` goes to standard error, its lines start with a date instead of `nginx:`.
  package static func isFromNginx(_ errors: String) -> Bool {
    errors.contains("nginx:")
      || errors.split(whereSeparator: \.isNewline).map(String.init).contains(where: isError)
  }

  /// The messages of syntax errors, for which the preceding lines help.
  private static let syntax = [
    "unexpected \"}\"", "unexpected \"{\"", "unexpected end of file", "invalid parameter",
    "invalid number of arguments", "unknown directive",
  ]

  /// A message of nginx, and how to fix its cause.
  struct Known: Sendable {
    var mark: String
    var fix: String
    /// The lines to write.
    var lines: [String] = []
    /// Whether it fails requests while nginx runs, unlike an error in the configuration.
    var isAboutRequests = false

    fileprivate init(
      _ mark: String, _ fix: String, lines: [String] = [], isAboutRequests: Bool = false
    ) {
      (self.mark, self.fix, self.lines) = (mark, fix, lines)
      self.isAboutRequests = isAboutRequests
    }
  }

  /// The known messages in a log, each with the last line that has it.
  static func known(in log: [String]) -> [(known: Known, line: String)] {
    all.compactMap { known in
      log.last { isError($0) && $0.contains(known.mark) }.map { (known, short($0).escaped) }
    }
  }

  private static let all: [Known] = [
    Known(
      "\"upstream\" directive is not allowed here",
      "include the site file inside http { … } of nginx.conf, not outside it or deeper",
      lines: ["http {", "  include /etc/nginx/conf.d/*.conf;", "}"]),
    Known(
      "Is a directory",
      "remove that folder and put a file there: Docker creates a folder if a mounted file "
        + "is missing when the proxy starts"),
    Known("unexpected \"}\"", "look for a missing semicolon on the line before"),
    Known(
      "upstream sent too big header",
      "give nginx larger buffers for the application's headers, all three together, in "
        + "http { … } or in the server",
      lines: [
        "proxy_buffer_size 128k;", "proxy_buffers 4 256k;", "proxy_busy_buffers_size 256k;",
      ], isAboutRequests: true),
    Known(
      "bind() to",
      "free the port that `listen` names, or listen on another one: until then nginx keeps its old "
        + "configuration, although `nginx -s reload` reports success"),
    Known("unexpected end of file", "look for a missing } or semicolon"),
    Known("invalid parameter", "look for a missing semicolon on that line or the line before"),
    Known(
      "invalid number of arguments", "look for a missing semicolon on that line or the line before"),
    Known(
      "host not found in upstream",
      "make sure that the service runs, and shares a network with the proxy"),
    Known(
      "duplicate upstream", "keep the colours' sources out of the folder that nginx includes"),
    Known(
      "must be less than",
      "set proxy_buffers and proxy_busy_buffers_size together with proxy_buffer_size"),
    Known(
      "nginx.pid\"",
      "make nginx the container's command (`nginx -g 'daemon off;'`) and restart it"),
  ]

  private static func isError(_ line: String) -> Bool {
    ["[emerg]", "[alert]", "[crit]", "[error]"].contains { line.contains($0) }
  }

  /// nginx's message without its prefix.
  private static func short(_ line: String) -> String {
    guard let bracket = line.firstIndex(of: "["), let end = line[bracket...].firstIndex(of: "]")
    else { return line }
    // After the level come process IDs: `[emerg] 12#12: host not found …`.
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

  /// The lines of the file up to the one that nginx reports.
  private static func excerpt(_ number: Int?, site: [UInt8], source: String) -> [String] {
    guard let number else { return [] }
    let lines = String(decoding: site, as: UTF8.self)
      .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    let shown = max(1, number - 2)...max(1, number)
    return shown.compactMap { line in
      line <= lines.count ? "\(source):\(line): \(lines[line - 1])" : nil
    }
  }
}
