/// Sends an HTTP request from this machine and looks at the answer, by way of `curl`.
///
/// ```swift
/// Request(.post, "https://cdn.example.org/purge", headers: ["Authorization": Secret("CDN_KEY")])
/// Request("https://www.example.org/", contains: "Welcome")
/// ```
/// Address, headers and body reach `curl` on its standard input: secrets in them are on no command
/// line. A `.get` or `.head` only looks; the others change something, and nothing takes that back
/// unless `.undo` says it.
public struct Request: ActionStep, Hashable {
  /// The HTTP methods.
  public enum Method: String, Hashable, Sendable, CaseIterable, Encodable {
    /// Asks for content.
    case get = "GET"
    /// Asks for headers alone; they are then the body.
    case head = "HEAD"
    /// Gives something to be worked on.
    case post = "POST"
    /// Puts something in a place.
    case put = "PUT"
    /// Changes a part of something.
    case patch = "PATCH"
    /// Removes something.
    case delete = "DELETE"
  }

  /// The method.
  public var method: Method
  /// The `http://` or `https://` address.
  public var url: EnvironmentValue
  /// The headers.
  public var headers: [String: EnvironmentValue]
  /// The body; `nil` sends none.
  public var body: EnvironmentValue?
  /// The accepted status codes.
  public var status: ClosedRange<Int>
  /// A text that the answer's body must contain.
  public var contains: String?
  /// How long it may take.
  public var within: Duration

  /// Sends an HTTP request.
  ///
  /// - Parameters:
  ///   - method: the method.
  ///   - url: the `http://` or `https://` address, or a ``Secret``. Redirects are not followed.
  ///   - headers: the headers; values may be a ``Secret``. Default: none but those of `curl`.
  ///   - body: the body. Say its `Content-Type` in the headers. Default: none.
  ///   - status: the accepted status codes. Default: any from 200 to 299.
  ///   - contains: a text that the answer's body must contain. Default: any body.
  ///   - within: how long it may take; seconds if a number. Default: 30 seconds.
  public init(
    _ method: Method, _ url: any EnvironmentConvertible,
    headers: [String: any EnvironmentConvertible] = [:],
    body: (any EnvironmentConvertible)? = nil, status: ClosedRange<Int> = 200...299,
    contains: String? = nil, within: any TimeSpan = 30
  ) {
    self.method = method
    self.url = url.environmentValue
    self.headers = headers.environmentValues
    self.body = body?.environmentValue
    self.status = status
    self.contains = contains
    self.within = within.duration
  }

  /// Sends an HTTP request that must be answered with exactly one status.
  public init(
    _ method: Method, _ url: any EnvironmentConvertible,
    headers: [String: any EnvironmentConvertible] = [:],
    body: (any EnvironmentConvertible)? = nil, status: Int,
    contains: String? = nil, within: any TimeSpan = 30
  ) {
    self.init(
      method, url, headers: headers, body: body, status: status...status, contains: contains,
      within: within)
  }

  /// Sends a GET.
  public init(
    _ url: any EnvironmentConvertible, headers: [String: any EnvironmentConvertible] = [:],
    status: ClosedRange<Int> = 200...299, contains: String? = nil, within: any TimeSpan = 30
  ) {
    self.init(.get, url, headers: headers, status: status, contains: contains, within: within)
  }

  /// Sends a GET that must be answered with exactly one status.
  public init(
    _ url: any EnvironmentConvertible, headers: [String: any EnvironmentConvertible] = [:],
    status: Int, contains: String? = nil, within: any TimeSpan = 30
  ) {
    self.init(.get, url, headers: headers, status: status, contains: contains, within: within)
  }

  /// `request`.
  public var action: Action { .request(self) }
}

extension Request {
  /// The address without its query, where keys often are.
  package var place: String {
    String(url.description.prefix { $0 != "?" && $0 != "#" })
  }

  var particulars: [String: String] {
    var texts = [
      "method": method.rawValue, "url": url.description,
      "status": "\(status.lowerBound)-\(status.upperBound)", "within": within.forPeople,
    ]
    for (name, value) in headers { texts["header.\(name)"] = value.description }
    texts["body"] = body?.description
    texts["contains"] = contains
    return texts
  }
}
