/// What nginx logs of an application's requests, as far as its lines show whose they are.
///
/// The access log counts only if each line has the request's status and user agent, and if only the
/// application's servers write to it, or each line has the server's name.
package struct NginxLog: Sendable {
  /// What a line tells about a request of the application.
  package enum Line: Hashable, Sendable {
    /// It has ended.
    ///
    /// `isOwn`: whether bgrun had sent it. Status 499: the client had gone; 0: nginx ended it before
    /// there was an answer.
    case request(status: Int, isOwn: Bool)
    /// Its answer was cut off because the application ended: its line in the access log does not show
    /// that.
    case cutOff
  }

  private enum Part: Hashable {
    case text([UInt8])
    case variable(String)
  }

  /// The format of the access log's lines; `nil` if they cannot be read, or tell too little.
  private var format: [Part]?
  /// The names of the servers that lead to the application, the first of each apart, as
  /// `$server_name` and the error log have it; `nil` if there are no other servers.
  private var names: (all: Set<String>, first: Set<String>)?
  /// Whether other servers write to the access log, too.
  private var logsOthers = false

  private static let combined =
    #"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "#
    + #""$http_referer" "$http_user_agent""#
  /// In images of nginx, the usual file is a link to standard output.
  private static let outputs: Set = [
    "/dev/stdout", "/dev/stderr", "/proc/self/fd/1", "/proc/self/fd/2",
    usual, "logs/access.log",
  ]
  /// Where nginx logs requests if nothing is stated.
  fileprivate static let usual = "/var/log/nginx/access.log"

  /// - Parameters:
  ///   - hosts: the names of the application's services, as nginx's files have them.
  ///   - configuration: nginx's whole configuration.
  /// - Returns: `nil` if no server sends requests there, or if one sends some to others, too.
  package init?(of hosts: Set<String>, in configuration: NginxConfiguration) {
    let http = NginxConfiguration.Directive(
      words: [],
      block: configuration.directives.flatMap { $0.name == "http" ? $0.block : [] }, line: 0)
    let (all, own) = http.servers(leadingTo: hosts)
    guard !own.isEmpty, own.allSatisfy(\.leadsToOneOnly) else { return nil }
    let ownNames = Set(own.flatMap(\.serverNames))
    let besides = all.filter { !own.contains($0) }
    // Clients of the application get the redirects to TLS and to its main name, too.
    let isOnlySite = besides.allSatisfy(\.onlyRedirects)
    let others = besides.filter { server in
      !(server.onlyRedirects && (isOnlySite || ownNames.isSuperset(of: server.serverNames)))
    }
    let isAlone = others.isEmpty
    if !isAlone {
      let first = Set(own.map { $0.serverNames.first ?? "" })
      guard first.isDisjoint(with: others.map { $0.serverNames.first ?? "" }) else { return nil }
      names = (ownNames, first)
    }
    let logs = own.compactMap { http.accessLog(of: $0) }
    guard let log = logs.first, logs == own.map({ _ in log }), log.count <= 2,
      Self.outputs.contains(log[0]),
      let format = Self.parts(of: log.count > 1 ? http.logFormat(log[1]) : nil)
    else { return }
    let variables = Set(
      format.compactMap { if case .variable(let name) = $0 { name } else { nil } })
    let isOnly = others.allSatisfy { !http.logs(of: $0).contains(log[0]) }
    guard variables.isSuperset(of: ["status", "http_user_agent"]),
      isOnly || !variables.isDisjoint(with: Self.nameVariables)
    else { return }
    self.format = format
    logsOthers = !isOnly
  }

  private static let nameVariables = ["server_name", "host", "http_host"]

  /// What a line of the proxy's output tells; `nil` if it is not about a request of the application.
  package func read(_ line: String) -> Line? {
    let bytes = Array(line.utf8)
    if let request = request(in: bytes) { return request }
    return isCut(line) ? .cutOff : nil
  }

  /// Whether it is a line of the error log about an answer that the application did not finish.
  private func isCut(_ line: String) -> Bool {
    guard line.contains("[error]"), line.contains(" while reading upstream, "),
      line.contains("upstream prematurely closed connection")
        || line.contains("Connection reset by peer")
    else { return false }
    guard let names else { return true }
    guard let range = line.firstRange(of: ", server: ") else { return false }
    return names.first.contains(String(line[range.upperBound...].prefix { $0 != "," }))
  }

  private func request(in line: [UInt8]) -> Line? {
    guard let format, let values = Self.values(in: line[...], by: format),
      let status = values["status"].flatMap({ Int($0) })
    else { return nil }
    if logsOthers, let names {
      let isOwn =
        values["server_name"].map(names.first.contains)
        ?? (values["host"] ?? values["http_host"]).map {
          names.all.contains(String($0.prefix { $0 != ":" }))
        }
      guard isOwn == true else { return nil }
    }
    return .request(status: status, isOwn: values["http_user_agent"] == HTTPProbe.userAgent)
  }

  /// The values of a line's variables; `nil` if the line does not have the format.
  private static func values(in line: ArraySlice<UInt8>, by format: [Part]) -> [String: String]? {
    var rest = line
    var values: [String: String] = [:]
    for (index, part) in format.enumerated() {
      switch part {
      case .text(let text):
        guard rest.starts(with: text) else { return nil }
        rest = rest.dropFirst(text.count)
      case .variable(let name):
        var end = rest.endIndex
        if index + 1 < format.count {
          guard case .text(let text) = format[index + 1], let found = place(of: text, in: rest)
          else { return nil }
          end = found
        }
        values[name] = String(decoding: rest[..<end], as: UTF8.self)
        rest = rest[end...]
      }
    }
    return rest.isEmpty ? values : nil
  }

  /// Where a text begins; not behind a backslash, which escapes it in a value.
  private static func place(of text: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
    var place = bytes.startIndex
    while place + text.count <= bytes.endIndex {
      if bytes[place] == UInt8(ascii: "\\") {
        place += 2
      } else if bytes[place...].starts(with: text) {
        return place
      } else {
        place += 1
      }
    }
    return nil
  }

  /// The parts of a format: `"$request" ${status}`; `nil` if its values cannot be told apart.
  private static func parts(of format: String?) -> [Part]? {
    var rest = (format ?? combined)[...]
    var parts: [Part] = []
    var text: [UInt8] = []
    while let letter = rest.popFirst() {
      if letter == "\\", let next = rest.popFirst() {
        text += Array((next == "t" ? "\t" : String(next)).utf8)
      } else if letter == "$" {
        let isBraced = rest.first == "{"
        if isBraced { rest.removeFirst() }
        let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        rest = rest.dropFirst(name.count + (isBraced ? 1 : 0))
        if !text.isEmpty { parts.append(.text(text)) }
        if text.isEmpty, !parts.isEmpty { return nil }
        text = []
        parts.append(.variable(String(name)))
      } else {
        text += Array(String(letter).utf8)
      }
    }
    if !text.isEmpty { parts.append(.text(text)) }
    return parts
  }
}

extension NginxConfiguration.Directive {
  /// The servers of this `http` block, and those of them that send requests to some hosts.
  fileprivate func servers(
    leadingTo hosts: Set<String>
  ) -> (all: [NginxConfiguration.Directive], leading: [NginxConfiguration.Directive]) {
    let backends = hosts.union(
      all("upstream").filter { upstream in
        !hosts.isDisjoint(with: upstream.serverWords.flatMap { SiteText.hosts(in: $0[...]) })
      }.compactMap { $0.words.dropFirst().first })
    let servers = all("server")
    return (
      servers,
      servers.filter { $0.leads(to: backends, variables) }
    )
  }

  /// Whether a server redirects, and has neither files nor a backend: it returns an answer to
  /// everything that no narrower location matches.
  fileprivate var onlyRedirects: Bool {
    let whole = [self] + all("location").filter { $0.words == ["location", "/"] }
    return whole.contains { !$0.all("return").isEmpty }
      && allInside.contains(where: \.isRedirect) && !allInside.contains(where: \.passesOn)
  }

  /// Whether all of a server's requests that it forwards go to one place.
  fileprivate var leadsToOneOnly: Bool {
    Set(passWords.map { NginxConfiguration.Directive.authority($0) }).count == 1
  }

  /// Path and options of the only access log of a server in this `http` block; `nil` if it has none,
  /// several, or others for some of its requests.
  fileprivate func accessLog(of server: NginxConfiguration.Directive) -> [String]? {
    let inside = server.allInside.filter { $0.name == "access_log" && $0.words.last != "off" }
    let own = server.all("access_log")
    guard inside.allSatisfy(own.contains) else { return nil }
    let stated = own.isEmpty ? all("access_log") : own
    if stated.isEmpty { return [NginxLog.usual] }
    guard stated.count == 1, let words = stated.first?.words.dropFirst(), words.first != "off"
    else { return nil }
    return Array(words)
  }

  /// The paths to which a server in this `http` block may log requests.
  fileprivate func logs(of server: NginxConfiguration.Directive) -> [String] {
    let inside = server.allInside.filter { $0.name == "access_log" }
    let around = all("access_log")
    if inside.isEmpty, around.isEmpty { return [NginxLog.usual] }
    let isOnlyOwn = !server.all("access_log").isEmpty
    return (inside + (isOnlyOwn ? [] : around)).compactMap { $0.words.dropFirst().first }
  }

  /// A format of this `http` block; `nil` for one that nginx itself brings along.
  fileprivate func logFormat(_ name: String) -> String? {
    guard let format = all("log_format").first(where: { $0.words.dropFirst().first == name })
    else { return nil }
    let words = format.words.dropFirst(2)
    return (words.first?.hasPrefix("escape=") == true ? words.dropFirst() : words).joined()
  }
}
