/// Sends an HTTP request from this machine with `curl` and checks the answer.
///
/// ```swift
/// Request(.post, "https://cdn.example.org/purge", headers: ["Authorization": Secret("CDN_KEY")])
/// Request("https://www.example.org/", contains: "Welcome")
/// ```
/// Address, headers and body are passed to `curl` on standard input, so secrets in them do not
/// appear on a command line. `.get` and `.head` only read; the others make changes that a rollback
/// does not undo without an `.undo`.
public struct Request: BuiltInStep {
  /// The HTTP methods.
  public enum Method: String, Hashable, Sendable, CaseIterable, Encodable {
    /// Reads content.
    case get = "GET"
    /// Reads only the headers, which become the body.
    case head = "HEAD"
    /// Submits content.
    case post = "POST"
    /// Stores content at the address.
    case put = "PUT"
    /// Changes content partially.
    case patch = "PATCH"
    /// Deletes content.
    case delete = "DELETE"
  }

  /// The method.
  package var method: Method
  /// The `http://` or `https://` address.
  package var url: EnvironmentValue
  /// The headers.
  package var headers: [String: EnvironmentValue]
  /// The body; `nil` sends none.
  package var body: EnvironmentValue?
  /// The accepted status codes.
  package var status: ClosedRange<Int>
  /// A text that the answer's body must contain.
  package var contains: String?
  /// How long it may take.
  package var within: Duration

  /// Sends an HTTP request.
  ///
  /// - Parameters:
  ///   - method: the method.
  ///   - url: the `http://` or `https://` address, or a ``Secret``. Redirects are not followed.
  ///   - headers: the headers; values may be a ``Secret``. Default: none but those of `curl`.
  ///   - body: the body. Set its `Content-Type` in the headers. Default: none.
  ///   - status: the accepted status codes. Default: any from 200 to 299.
  ///   - contains: a text that the answer's body must contain. Default: any body.
  ///   - within: how long it may take; seconds if a number. Default: 30 seconds.
  public init(
    _ method: Method, _ url: any EnvironmentConvertible,
    headers: [String: any EnvironmentConvertible] = [:],
    body: (any EnvironmentConvertible)? = nil, status: ClosedRange<Int> = 200...299,
    contains: String? = nil, within: TimeSpan = 30
  ) {
    self.method = method
    self.url = EnvironmentValue(url)
    self.headers = headers.environmentValues
    self.body = body.map { EnvironmentValue($0) }
    self.status = status
    self.contains = contains
    self.within = within.duration
  }

  /// Sends an HTTP request that must be answered with exactly one status.
  public init(
    _ method: Method, _ url: any EnvironmentConvertible,
    headers: [String: any EnvironmentConvertible] = [:],
    body: (any EnvironmentConvertible)? = nil, status: Int,
    contains: String? = nil, within: TimeSpan = 30
  ) {
    self.init(
      method, url, headers: headers, body: body, status: status...status, contains: contains,
      within: within)
  }

  /// Sends a GET.
  public init(
    _ url: any EnvironmentConvertible, headers: [String: any EnvironmentConvertible] = [:],
    status: ClosedRange<Int> = 200...299, contains: String? = nil, within: TimeSpan = 30
  ) {
    self.init(.get, url, headers: headers, status: status, contains: contains, within: within)
  }

  /// Sends a GET that must be answered with exactly one status.
  public init(
    _ url: any EnvironmentConvertible, headers: [String: any EnvironmentConvertible] = [:],
    status: Int, contains: String? = nil, within: TimeSpan = 30
  ) {
    self.init(.get, url, headers: headers, status: status, contains: contains, within: within)
  }
}

extension Request {
  package var kind: String { "request" }
  package var title: String { "\(method.rawValue) \(place)" }
  package var particulars: [String: String] {
    var texts = [
      "method": method.rawValue, "url": url.description,
      "status": "\(status.lowerBound)-\(status.upperBound)", "within": within.forPeople,
    ].adding(headers, as: "header")
    texts["body"] = body?.description
    texts["contains"] = contains
    return texts
  }
  package func highlights(in application: Application) -> [String] { ["≤ \(within.forPeople)"] }
  package var traits: StepTraits { [.beside, .keptOnResume] }
  package var ownTime: (text: String, time: Duration)? { ("its within is", within) }
  package var sent: [EnvironmentValue] {
    [url] + headers.sorted { $0.key < $1.key }.map(\.value) + [body].compactMap(\.self)
  }

  /// The address without its query, which often contains keys.
  package var place: String {
    String(url.description.prefix { $0 != "?" && $0 != "#" })
  }

  package func issues(at node: Node, in graph: StepGraph) -> [ValidationIssue?] {
    let hasZero = body?.text.utf8.contains(0) == true
    return [ValidationIssue.ofURL(url, "Request")] + ValidationIssue.ofHeaders(headers) + [
      ValidationIssue.ofStatus(status, "\(status.lowerBound)...\(status.upperBound)"),
      hasZero ? ValidationIssue("Request's body contains a zero byte", fix: "remove it") : nil,
      ValidationIssue.unlessPositive(within, "Request's within"),
    ]
  }
}
