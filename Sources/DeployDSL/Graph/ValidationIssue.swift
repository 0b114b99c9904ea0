/// An issue of one value, and its fix; the caller knows the location.
package struct ValidationIssue: Equatable {
  var problem: String
  var fix: String

  /// Clocks and timers do not overflow up to this limit, and a longer wait makes no sense.
  private static let longest = Duration.seconds(365 * 86_400)

  init(_ problem: String, fix: String) {
    self.problem = problem
    self.fix = fix
  }

  /// The issue of a block with nothing in it.
  static func noSteps(_ what: String) -> ValidationIssue {
    ValidationIssue("\(what) has no steps", fix: "put at least one step into it, or remove it")
  }

  /// The issue of a time that must be above 0.
  static func unlessPositive(_ time: Duration?, _ what: String) -> ValidationIssue? {
    guard let time else { return nil }
    if time <= .zero {
      return ValidationIssue("\(what) is \(time.forPeople)", fix: "give a time above 0")
    }
    return unlessBounded(time, what)
  }

  /// The issue of a time that must be 0 or more.
  static func ifNegative(_ time: Duration, _ what: String) -> ValidationIssue? {
    if time < .zero { return ValidationIssue("\(what) is negative", fix: "give 0 or more") }
    return unlessBounded(time, what)
  }

  private static func unlessBounded(_ time: Duration, _ what: String) -> ValidationIssue? {
    guard time > longest else { return nil }
    return ValidationIssue("\(what) is longer than a year", fix: "give at most 365 days")
  }

  /// The issue of a count of attempts; the runner adds to it, so it has an upper end.
  static func ofRetries(_ retries: Int, atLeast least: Int, _ what: String) -> ValidationIssue? {
    if retries < least { return ValidationIssue(what, fix: "give \(least) or more") }
    guard retries > 1_000_000 else { return nil }
    return ValidationIssue(
      "\(retries) retries are more than a million", fix: "set a timeout instead")
  }

  /// The issues of waiting times between attempts.
  static func ofBackoff(_ backoff: Backoff, _ what: String) -> [ValidationIssue?] {
    let isReversed = backoff.first > backoff.maximum && backoff.maximum >= .zero
    return [
      ifNegative(backoff.first, "the backoff of \(what)"),
      ifNegative(backoff.maximum, "the longest backoff of \(what)"),
      isReversed
        ? ValidationIssue(
          "the backoff of \(what) begins with \(backoff.first.forPeople), "
            + "more than its longest, \(backoff.maximum.forPeople)",
          fix: "give upTo: the larger time") : nil,
    ]
  }

  /// The issue of a name that progress and history show.
  static func ofName(_ name: String) -> ValidationIssue? {
    if name.allSatisfy(\.isWhitespace) {
      return ValidationIssue("a step's name is empty", fix: "give it a name, or none")
    }
    guard name.escaped != name else { return nil }
    return ValidationIssue(
      "the name \"\(name.escaped)\" contains a control character", fix: "use printable text")
  }

  /// The issue of an HTTP path; `write` formats the correct path for the plan.
  static func ofHealthPath(_ path: String, write: (String) -> String) -> ValidationIssue? {
    let text = path
    if !path.hasPrefix("/") {
      if let (port, path) = portAndPath(path) {
        return ValidationIssue(
          "the health path \"\(text.escaped)\" has a port",
          fix: "check another port with Health(.http(port: \(port), \"\(path.escaped)\")); a path "
            + "alone is on the application's own port")
      }
      if path.contains("://") {
        return ValidationIssue(
          "the health path \"\(path.escaped)\" is a whole address",
          fix: "give the path only, for example \(write("/health"))")
      }
      return ValidationIssue(
        "the health path \"\(path.escaped)\" does not begin with '/'",
        fix: "write \(write("/" + path.escaped))")
    }
    guard path.escaped != path || path.contains(" ") else { return nil }
    return ValidationIssue(
      "the health path \"\(path.escaped)\" contains a space or control character",
      fix: "write it percent-encoded, a space as %20")
  }

  /// The port and the path of `:9090/live` or `http://localhost:9090/live`.
  private static func portAndPath(_ text: String) -> (port: Int, path: String)? {
    let url = text.hasPrefix(":") ? "http://localhost" + text : text
    guard let address = WebAddress(url), ![80, 443].contains(address.port) else { return nil }
    return (address.port, address.path)
  }

  /// The issue of a Host header.
  static func ofHost(_ host: String) -> ValidationIssue? {
    if let address = WebAddress(host) {
      return ValidationIssue(
        "the host \"\(host.escaped)\" is a whole address", fix: "write host: \"\(address.host)\"")
    }
    let isHost = host.utf8.allSatisfy { $0.isLetterOrDigit || "-._:[]".utf8.contains($0) }
    guard !isHost || host.isEmpty else { return nil }
    return ValidationIssue(
      "\"\(host.escaped)\" is not a valid host name",
      fix: "write the name that clients use: host: \"shop.example.com\"")
  }

  /// The issues of variables for a command's environment.
  static func ofEnvironment(_ environment: [String: EnvironmentValue]) -> [ValidationIssue] {
    environment.sorted { $0.key < $1.key }.compactMap { name, value in
      if !name.isVariableName {
        return ValidationIssue(
          "\"\(name.escaped)\" is not a valid environment variable name",
          fix: "use letters, digits and '_', not beginning with a digit")
      }
      guard value.text.utf8.contains(0) else { return nil }
      return ValidationIssue("the value of \(name) contains a zero byte", fix: "remove it")
    }
  }
}

/// The issues of arguments that several steps share.
extension ValidationIssue {
  /// The issues of a program and its arguments.
  static func ofArgv(_ argv: [String], _ what: String) -> [ValidationIssue?] {
    guard let program = argv.first, !program.isEmpty else {
      return [
        ValidationIssue("\(what) has no command", fix: "name a program and its arguments")
      ]
    }
    var issues: [ValidationIssue] = []
    if argv.count == 1, program.contains(" "), !program.contains("/ ") {
      let words = program.split(separator: " ").map { "\"\($0)\"" }.joined(separator: ", ")
      issues.append(
        ValidationIssue(
          "\(what) needs the program and its arguments as separate strings, "
            + "no shell splits \"\(program.escaped)\"",
          fix: "write \(words.escaped)"))
    }
    if argv.contains(where: { $0.utf8.contains(0) }) {
      issues.append(ValidationIssue("\(what) contains a zero byte", fix: "remove it"))
    }
    return issues
  }

  /// The issue of a service name of the Compose file.
  static func ofService(_ name: String) -> ValidationIssue? {
    guard !name.isServiceName else { return nil }
    return ValidationIssue(
      "\"\(name.escaped)\" is not a valid service name", fix: "name a service of the Compose file")
  }

  /// The issue of a TCP port.
  static func ofPort(_ port: Int) -> ValidationIssue? {
    guard !(1...65535).contains(port) else { return nil }
    return ValidationIssue("port \(port) is not a valid port", fix: "use 1 to 65535")
  }

  /// The issue of accepted status codes, with their text.
  static func ofStatus(_ status: ClosedRange<Int>, _ text: String) -> ValidationIssue? {
    guard status.lowerBound < 100 || status.upperBound > 599 else { return nil }
    return ValidationIssue("invalid HTTP status range \(text)", fix: "use 100 to 599")
  }

  /// The issues of a health check's path and status codes.
  static func ofHTTP(_ path: String?, _ status: ClosedRange<Int>) -> [ValidationIssue?] {
    let low = status.lowerBound
    let text = low == status.upperBound ? "\(low)" : "\(low)...\(status.upperBound)"
    return [path.flatMap { ofHealthPath($0) { "\"\($0)\"" } }, ofStatus(status, text)]
  }

  /// The issue of a request's address.
  static func ofURL(_ url: EnvironmentValue, _ what: String) -> ValidationIssue? {
    guard case .text(let text) = url else { return nil }
    guard ["http://", "https://"].contains(where: { text.lowercased().hasPrefix($0) }) else {
      return ValidationIssue(
        "\(what) needs a whole address, not \"\(text.escaped)\"",
        fix: "write it with https:// or http://")
    }
    guard text.escaped != text || text.contains(" ") else { return nil }
    return ValidationIssue(
      "the address \"\(text.escaped)\" contains a space or control character",
      fix: "write it percent-encoded, a space as %20")
  }

  /// The issues of the headers of a request.
  static func ofHeaders(_ headers: [String: EnvironmentValue]) -> [ValidationIssue?] {
    headers.sorted { $0.key < $1.key }.map { name, value in
      guard name.isHeaderName else {
        return ValidationIssue(
          "\"\(name.escaped)\" is not a valid header name", fix: "use letters, digits and '-'")
      }
      guard value.text.escaped != value.text else { return nil }
      return ValidationIssue(
        "the header \(name) contains a control character", fix: "keep it to one line")
    }
  }

  /// The issues of texts that contain a secret or an unset parameter.
  static func ofTexts(_ texts: [String], _ title: String) -> [ValidationIssue?] {
    // Both markers start with this byte, which few texts contain; a plan may have thousands of
    // texts.
    texts.lazy.filter { $0.utf8.contains(0xE2) }.map { text in
      if text.contains(Secret.dots) {
        return ValidationIssue(
          "a text of \(title.escaped) was made of a secret, so that it has dots in its place",
          fix:
            "give the secret alone, as a value of environment: or headers:, or as input: or body:")
      }
      guard let mark = text.firstRange(of: PlanSession.unset("").dropLast()) else { return nil }
      let name = text[mark.upperBound...].prefix { $0 != "›" }
      return ValidationIssue(
        "the parameter \"\(name)\" is required, but nothing sets it outside a plan file",
        fix: "give it a default:, or use a value of your program")
    }
  }

  /// The issues of a secret's source.
  static func ofSecret(_ secret: Secret) -> [ValidationIssue?] {
    switch secret.source {
    case .environment(let name) where !name.isVariableName:
      [
        ValidationIssue(
          "a secret is read from \"\(name.escaped)\", which is not a valid environment variable name",
          fix: "name the variable, or use Secret.file or Secret.command")
      ]
    case .file(""):
      [ValidationIssue("a secret's file has no path", fix: "name the file that holds it")]
    case .command(let argv): ofArgv(argv, "a secret's command")
    case .environment, .file: []
    }
  }
}

extension String {
  /// Whether HTTP accepts the text as a header name.
  fileprivate var isHeaderName: Bool {
    !isEmpty && utf8.allSatisfy { $0.isLetterOrDigit || "!#$%&'*+-.^_`|~".utf8.contains($0) }
  }
}
