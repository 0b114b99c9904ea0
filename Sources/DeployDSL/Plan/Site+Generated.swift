extension Site {
  /// A site that bgrun writes as a whole from typed values, for the colour that is deployed: no nginx
  /// syntax is typed.
  ///
  /// ```swift
  /// Deploy("shop", site: .generated(
  ///   "nginx/shop.conf", serverName: "shop.example.com",
  ///   tls: Site.TLS(certificate: "/etc/ssl/shop.pem", key: "/etc/ssl/shop.key"), redirectHTTP: true,
  ///   webSockets: true, bodySize: "50m")
  /// ) { DetectActive() }
  /// ```
  /// nginx must include the file inside `http { … }`. bgrun never overwrites a file that it has not
  /// generated; if there is none, the first deploy writes it.
  ///
  /// - Parameters:
  ///   - file: the file that bgrun writes and the proxy loads. Default: `nginx/service.conf`.
  ///   - listen: the port that nginx listens on. Default: 80, or 443 with `tls`.
  ///   - serverName: the host names, separated by spaces. Default: any.
  ///   - tls: the certificate. Default: no TLS.
  ///   - redirectHTTP: whether port 80 redirects to HTTPS; only with `tls`. Default: no.
  ///   - headers: response headers that nginx adds. Default: none.
  ///   - webSockets: whether connections may be upgraded. Default: no.
  ///   - timeout: how long the application may take between two reads or writes; a number is in
  ///     seconds. Default: nginx's own, 60 seconds.
  ///   - bodySize: the largest request body, as nginx writes it: `50m`; `0` for any. Default:
  ///     nginx's own, 1 MB.
  ///   - oauthBuffers: whether the application may send large response headers, as after an OAuth
  ///     login. Default: no.
  ///   - routes: paths with settings of their own. Default: `/`, to the application's port.
  ///   - lines: further directives of the server, without semicolons. Default: none.
  ///   - url: the application's public URL, as in ``init(_:blue:green:url:)``. Default: from `listen`
  ///     and `serverName`.
  public static func generated(
    _ file: String = "nginx/service.conf", listen: Int? = nil, serverName: String? = nil,
    tls: TLS? = nil, redirectHTTP: Bool = false, headers: [String: String] = [:],
    webSockets: Bool = false, timeout: TimeSpan? = nil, bodySize: String? = nil,
    oauthBuffers: Bool = false, routes: [Route] = ["/"], lines: [String] = [], url: String? = nil
  ) -> Site {
    var site = Site(file, url: url)
    site.generated = GeneratedSite(
      listen: listen ?? (tls == nil ? 80 : 443), serverName: serverName, tls: tls,
      redirectHTTP: redirectHTTP, headers: headers, webSockets: webSockets,
      timeout: timeout?.duration, bodySize: bodySize, oauthBuffers: oauthBuffers, routes: routes,
      lines: lines)
    return site
  }

  /// The files of a certificate, as nginx reads them.
  public struct TLS: Hashable, Sendable, Codable {
    package let certificate: String
    package let key: String

    /// Names the files by their paths in the proxy's container.
    public init(certificate: String, key: String) {
      (self.certificate, self.key) = (certificate, key)
    }
  }

  /// A path of a generated site. A string is enough for the application's own port.
  public struct Route: Hashable, Sendable, Codable, ExpressibleByStringLiteral {
    package let path: String
    package let port: Int?
    package let timeout: Duration?
    package let lines: [String]

    /// Describes a path.
    ///
    /// - Parameters:
    ///   - path: the path that requests begin with.
    ///   - port: the port inside the container. Default: the application's.
    ///   - timeout: how long the application may take; a number is in seconds. Default: the site's.
    ///   - lines: further directives, without semicolons. Default: none.
    public init(
      _ path: String, port: Int? = nil, timeout: TimeSpan? = nil, lines: [String] = []
    ) {
      (self.path, self.port, self.timeout, self.lines) = (path, port, timeout?.duration, lines)
    }

    /// A path that leads to the application's port.
    public init(stringLiteral path: String) { self.init(path) }
  }
}

/// The values of a generated site.
package struct GeneratedSite: Hashable, Sendable, Codable {
  package var listen: Int
  package var serverName: String?
  package var tls: Site.TLS?
  package var redirectHTTP: Bool
  package var headers: [String: String]
  package var webSockets: Bool
  package var timeout: Duration?
  package var bodySize: String?
  package var oauthBuffers: Bool
  package var routes: [Site.Route]
  package var lines: [String]
}

extension GeneratedSite {
  /// What is wrong with the values: nothing in them may end a directive or a block.
  var issues: [ValidationIssue] {
    var issues: [ValidationIssue?] = [ValidationIssue.ofPort(listen)]
    if redirectHTTP, tls == nil {
      issues.append(
        ValidationIssue("redirectHTTP needs tls", fix: "name the certificate, or leave it out"))
    }
    if redirectHTTP, listen == 80 {
      issues.append(
        ValidationIssue(
          "the site cannot listen on port 80 and redirect from it", fix: "leave out listen:"))
    }
    if let serverName, !serverName.isPlain(and: ".-_*~ ") || serverName.allSatisfy({ $0 == " " }) {
      issues.append(Self.wrong(serverName, "serverName", fix: "write host names"))
    }
    for path in [tls?.certificate, tls?.key].compactMap(\.self) where !path.isPlain(and: "/._-@+") {
      issues.append(Self.wrong(path, "path of a certificate", fix: "write the path in the proxy"))
    }
    for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
      if !name.isPlain(and: "-_") {
        issues.append(Self.wrong(name, "header name", fix: "use letters, digits and '-'"))
      }
      if value.unicodeScalars.contains(where: {
        $0.value < 32 || "\"\\\u{7F}".unicodeScalars.contains($0)
      }) {
        issues.append(Self.wrong(value, "header value", fix: "leave out quotation marks"))
      }
    }
    if let bodySize, bodySize.wholeMatch(of: /\d{1,9}[kKmMgG]?/) == nil {
      issues.append(Self.wrong(bodySize, "bodySize", fix: "write a number with k, m or g: 50m"))
    }
    issues.append(timeout.flatMap { ValidationIssue.unlessPositive($0, "the site's timeout") })
    if routes.isEmpty {
      issues.append(ValidationIssue("the site has no routes", fix: "leave out routes:"))
    }
    for (index, route) in routes.enumerated() {
      if !route.path.hasPrefix("/") || !route.path.isPlain(and: "/._-~%+@=,") {
        issues.append(Self.wrong(route.path, "path of a route", fix: "write a path: \"/api/\""))
      }
      if routes[..<index].contains(where: { $0.path == route.path }) {
        issues.append(
          ValidationIssue("two routes have the path \"\(route.path)\"", fix: "merge them"))
      }
      issues.append(route.port.flatMap(ValidationIssue.ofPort))
      issues.append(
        route.timeout.flatMap { ValidationIssue.unlessPositive($0, "a route's timeout") })
    }
    for line in lines + routes.flatMap(\.lines)
    where line.isEmpty || line.contains(where: { ";{}#".contains($0) || $0.isNewline }) {
      issues.append(
        Self.wrong(line, "line", fix: "write one directive, without semicolon, braces and comment"))
    }
    return issues.compactMap(\.self)
  }

  private static func wrong(_ text: String, _ what: String, fix: String) -> ValidationIssue {
    ValidationIssue("\"\(text.escaped)\" is not a valid \(what) of a generated site", fix: fix)
  }
}

extension String {
  /// Whether it has only letters and digits of ASCII and some other characters, at least one.
  fileprivate func isPlain(and others: String) -> Bool {
    !isEmpty && utf8.allSatisfy { $0.isLetterOrDigit || others.utf8.contains($0) }
  }
}
