package import DeployDSL

/// Requests as calls of `curl`, for TLS.
package enum CurlCommand {
  /// A request from the plan. URL, headers and body are in curl's configuration on standard input,
  /// so that no secret is on a command line.
  package static func send(_ request: Request) -> HostCall {
    HostCall(
      .request,
      Command(
        words("=http,https", within: request.within) + ["--config", "-"], environment: [:],
        input: configuration(of: request)))
  }

  /// Sends a GET to a proxy on this machine over TLS, without verifying its certificate.
  static func get(_ path: String, from endpoint: ProxyEndpoint, within: Duration) -> HostCall {
    let name = endpoint.host.map { PublishedAddress.written($0) } ?? "\(endpoint.address)"
    let url = "https://\(name)\(path)"
    return HostCall(
      .fetch(url: url, address: endpoint.address, within: within),
      Command(
        words("=https", within: within, writing: withRedirect) + [
          "--insecure", "--noproxy", "*", "--user-agent", HTTPProbe.userAgent, "--connect-to",
          "::\(endpoint.address)", url,
        ]))
  }

  /// Sends a GET again and again, for a few seconds: if bgrun is killed, it ends soon.
  ///
  /// The URL's fragment counts the requests; curl does not send it. One process and, while the proxy
  /// keeps it, one connection serve all of them. `--rate` needs curl 7.84.
  static func probes(_ path: String, from endpoint: ProxyEndpoint, every: Duration) -> HostCall {
    let name = endpoint.host.map { PublishedAddress.written($0) } ?? "\(endpoint.address)"
    let probing = Probing(
      url: "\(endpoint.isTLS ? "https" : "http")://\(name)\(path)", address: endpoint.address,
      every: every)
    let rate = max(1, Int((60 / every.inSeconds).rounded()))
    // curl expands these characters.
    let url = probing.url.prefix { $0 != "#" }
      .map { "{}[]\\".contains($0) ? "\\\($0)" : "\($0)" }.joined()
    return HostCall(
      .probes(probing),
      Command([
        "curl", "--disable", "--silent", "--proto", "=http,https", "--max-time",
        "\(Int(Probing.patience.inSeconds))", "--insecure", "--noproxy", "*", "--user-agent",
        HTTPProbe.userAgent, "--connect-to", "::\(endpoint.address)", "--rate", "\(rate)/m",
        "--output",
        "/dev/null", "--write-out",
        "%{stderr}%{http_code} %{time_total} %{num_connects} %header{connection}|%{errormsg}\\n",
        url + "#[1-\(max(1, rate / 12))]",
      ]))
  }

  /// Parses a line of ``probes(_:from:every:)``: status, time, new connections, the answer's
  /// `Connection` header, and after a bar curl's error.
  static func probeAnswer(in line: OutputLine) -> ProbeAnswer? {
    let parts = line.text.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
    let words = parts[0].split(separator: " ")
    guard parts.count == 2, words.count >= 3, let status = Int(words[0]),
      let seconds = Double(words[1]), let connections = Int(words[2])
    else { return nil }
    var answer = ProbeAnswer(
      time: .seconds(seconds), status > 0 ? .http(status) : .none(untimed(String(parts[1]))),
      isRetried: connections > 0)
    answer.closes = words.count > 3 && words[3].lowercased() == "close"
    return answer
  }

  /// The line that ``probeAnswer(in:)`` parses.
  static func line(of answer: ProbeAnswer) -> OutputLine {
    let (status, reason) =
      switch answer.status {
      case .http(let status): (status, "")
      case .none(let reason): (0, reason)
      }
    return OutputLine(
      "\(status) \(answer.time.inSeconds) \(answer.isRetried ? 1 : 0) |\(reason)", on: .output)
  }

  /// One request of a ``Probing``, as an operation of its own.
  static func single(_ probing: Probing) -> HostOperation.Request {
    guard let url = WebAddress(probing.url) else { return .http(url: probing.url, host: nil) }
    if !url.isTLS {
      return .http(
        url: probing.address.url(url.path), host: PublishedAddress.written(url.host))
    }
    var endpoint = ProxyEndpoint(guessed: probing.address)
    (endpoint.host, endpoint.isTLS) = (url.host, true)
    return .call(get(url.path, from: endpoint, within: Probing.patience))
  }

  /// The arguments for a request from inside a container, with a timeout of their own: stopping
  /// `docker exec` would leave them running.
  package static func inside(_ url: String, host: String?, within seconds: Int) -> [String] {
    [
      "curl", "--silent", "--show-error", "--max-time", "\(seconds)", "--write-out", withRedirect,
    ] + (host.map { ["--header", "Host: \($0)"] } ?? []) + [url]
  }

  /// Parses the output of ``inside(_:host:within:)``.
  package static func answerInside(_ result: CommandResult) -> HTTPAnswer? {
    guard result.succeeded else { return nil }
    return answer(in: result.output) ?? HTTPAnswer(status: 0, body: result.output)
  }

  /// Checks whether curl is installed.
  static let version = Command(["curl", "--version"])

  /// `--disable` ignores ~/.curlrc.
  private static func words(
    _ protocols: String, within time: Duration, writing format: String = "\\n%{http_code}"
  ) -> [String] {
    let seconds = time.inSeconds
    let text = seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
    return [
      "curl", "--disable", "--silent", "--show-error", "--globoff", "--proto", protocols,
      "--max-time", text, "--write-out", format,
    ]
  }

  /// What curl writes after a body: the status and the redirect's target. The line break is escaped
  /// for curl: a command is displayed as one line.
  private static let withRedirect = "\\n%{http_code} %{redirect_url}"

  /// Parses status, body and redirect from curl's output.
  package static func answer(in output: String) -> HTTPAnswer? {
    // In Swift, a carriage return at the end of the body and the line feed are a single character.
    guard let end = output.utf8.lastIndex(of: UInt8(ascii: "\n")) else { return nil }
    let words = output[output.utf8.index(after: end)...].split(separator: " ", maxSplits: 1)
    guard let status = words.first.flatMap({ Int($0) }) else { return nil }
    return HTTPAnswer(
      status: status, body: String(output[..<end]),
      location: words.count > 1 ? String(words[1]) : nil)
  }

  /// Why there was no answer: curl's message without times.
  static func reason(for result: CommandResult) -> String {
    if result.status == 28 { return "no answer in time" }
    let said = untimed(result.errors.lastLine)
    return said.isEmpty ? "curl failed with exit code \(result.status)" : said
  }

  /// curl's message without times.
  private static func untimed(_ said: String) -> String {
    guard let after = said.firstRange(of: " after "), let end = said.firstRange(of: " ms")
    else { return said }
    return String(said[..<after.lowerBound] + said[max(after.upperBound, end.upperBound)...])
  }

  private static func configuration(of request: Request) -> EnvironmentValue {
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

/// A GET by `wget`, for containers without curl.
enum WgetCommand {
  static func inside(_ url: String, host: String?, within seconds: Int) -> [String] {
    ["wget", "-q", "-O", "-", "-T", "\(seconds)"]
      + (host.map { ["--header", "Host: \($0)"] } ?? []) + [url]
  }

  static func answer(_ result: CommandResult) -> HTTPAnswer? {
    if result.succeeded { return HTTPAnswer(status: 200, body: result.output) }
    // `wget: server returned error: HTTP/1.1 404 Not Found`
    return result.errors.firstRange(of: "HTTP/1.")
      .flatMap { result.errors[$0.upperBound...].split(separator: " ").dropFirst().first }
      .flatMap { Int($0.prefix { $0.isNumber }) }.map { HTTPAnswer(status: $0, body: "") }
  }
}

extension EnvironmentValue {
  /// The value escaped for curl's quotes; a secret is escaped when it is read.
  fileprivate var quoted: EnvironmentValue {
    switch self {
    case .text(let text): .text(text.escapedForCurl)
    case .secret: self
    case .revealed(let secret): .revealed(.init(secret.value.escapedForCurl))
    case .joined(let joined): .joined(.init(joined.parts.map(\.quoted), escape: .curl))
    }
  }
}
