/// The same GET again and again, one at a time, as clients of the proxy send it.
package struct Probing: Hashable, Sendable {
  /// The URL as clients write it: `https://grafana.example.com/api/health`.
  package var url: String
  /// Where it is sent, whatever the URL's name resolves to.
  package var address: PublishedAddress
  /// The time from one request to the next; longer if answers take long.
  package var every: Duration
  /// How long ago the first request is sent: a simulated host answers for the past.
  package var since: Duration = .zero

  /// How long to wait for an answer.
  package static let patience: Duration = .seconds(5)

  package init(url: String, address: PublishedAddress, every: Duration) {
    self.url = url
    self.address = address
    self.every = every
  }
}

/// The answer to one request of a ``Probing``.
package struct ProbeAnswer: Hashable, Sendable {
  /// When it was sent, from the start of the call; `nil` if the answer is only now complete.
  package var at: Duration?
  /// How long it took.
  package var time: Duration
  /// The answer's status, or why there was none.
  package var status: Status
  /// Whether the request was sent again, because the kept connection had been closed while idle.
  package var isRetried: Bool
  /// Whether the answer announces the end of its connection.
  package var closes = false

  /// What came back.
  package enum Status: Hashable, Sendable {
    case http(Int)
    case none(String)
  }

  package init(
    at: Duration? = nil, time: Duration, _ status: Status, isRetried: Bool = false
  ) {
    self.at = at
    self.time = time
    self.status = status
    self.isRetried = isRetried
  }

  /// Whether a client would be content.
  package var isGood: Bool { if case .http(let status) = status { status < 400 } else { false } }

  /// `HTTP 502`, or why there was no answer.
  package var text: String {
    switch status {
    case .http(let status): "HTTP \(status)"
    case .none(let reason): reason
    }
  }
}
