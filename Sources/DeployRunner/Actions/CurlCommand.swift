import DeployDSL

/// A request as a call of `curl`: address, headers and body stand in its configuration, which it
/// reads from standard input, so that no secret is on a command line.
struct CurlCommand {
  let request: Request

  var command: Command {
    // --disable: nobody's ~/.curlrc has a say.
    Command(
      [
        "curl", "--disable", "--silent", "--show-error", "--globoff", "--proto", "=http,https",
        "--max-time", seconds, "--write-out", "\\n%{http_code}", "--config", "-",
      ], input: configuration)
  }

  /// The status and the body in what curl printed.
  static func answer(in output: String) -> HTTPAnswer? {
    guard let end = output.lastIndex(of: "\n"),
      let status = Int(output[output.index(after: end)...])
    else { return nil }
    return HTTPAnswer(status: status, body: String(output[..<end]))
  }

  private var seconds: String {
    let time = request.within.inSeconds
    return time == time.rounded() ? "\(Int(time))" : "\(time)"
  }

  private var configuration: EnvironmentValue {
    var parts: [EnvironmentValue] = []
    func add(_ option: String, _ value: EnvironmentValue, after prefix: String = "") {
      parts += [.text("\(option) = \"\(prefix.escapedForCurl)"), value.quoted, .text("\"\n")]
    }
    if request.method == .head {
      parts.append(.text("head\n"))
    } else {
      add("request", .text(request.method.rawValue))
    }
    add("url", request.url)
    for (name, value) in request.headers.sorted(by: { $0.key < $1.key }) {
      add("header", value, after: "\(name): ")
    }
    if let body = request.body { add("data-raw", body) }
    return .joined(EnvironmentValue.Joined(parts, escape: .curl))
  }
}

extension EnvironmentValue {
  /// The value between curl's quotes; a secret is escaped when it has been read.
  fileprivate var quoted: EnvironmentValue {
    switch self {
    case .text(let text): .text(text.escapedForCurl)
    case .secret: self
    case .revealed(let secret): .revealed(.init(secret.value.escapedForCurl))
    case .joined(let joined): .joined(.init(joined.parts.map(\.quoted), escape: .curl))
    }
  }
}
