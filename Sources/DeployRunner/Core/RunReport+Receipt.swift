extension RunReport {
  /// What users saw while a run lasted, by bgrun's own requests through the proxy; times are in
  /// seconds.
  public struct Receipt: Hashable, Codable, Sendable {
    /// The requested URL, as clients write it.
    public var url: String
    /// How many requests were answered, or failed.
    public var requests: Int
    /// How many failed: without an answer in time, or with a status from 400 on.
    ///
    /// Not those that had failed before the run changed anything.
    public var failed: Int
    /// Failures that the previous version already had before anything was changed.
    public var failedAsBefore: Int
    /// How often nginx had closed an idle kept connection, as at a reload: the request was sent
    /// again, as browsers do.
    public var retried: Int
    /// The longest time of a good answer.
    public var slowest: Double
    /// The longest time without a good answer: from the sending of a failed request to the next good
    /// answer. 0 without a failure.
    public var longestGap: Double
    /// The times of good answers before, during and after the reload of nginx; `nil` without any.
    package var before: Latency?
    package var during: Latency?
    package var after: Latency?
    /// The first hundred failures.
    public var failures: [Failure]
    /// What nginx logged of the requests of others; `nil` if its output does not tell that.
    public var clients: Clients?
    /// All requests in equal pieces of time, for a picture.
    package var strip: Strip?

    /// How many failures are kept one by one.
    package static let keptFailures = 100

    /// A request that failed.
    public struct Failure: Hashable, Codable, Sendable {
      /// When the connection was cut, otherwise when the request was sent; from the start of the run.
      public var time: Double
      /// The steps that ran then: `Reload`.
      public var step: String
      /// `HTTP 502`, or why there was no answer.
      public var answer: String
    }

    /// The requests of others, as nginx logged them.
    public struct Clients: Hashable, Codable, Sendable {
      /// How many ended since the run's first change; `nil` without an access log that tells it.
      public var requests: Int?
      /// How many of them failed: with a status from 500 on, or cut off by nginx or the application.
      public var failed: Int
      /// How many the client gave up before there was an answer (499).
      public var givenUp: Int
      /// The same for the time before the first change, from half a minute before the run on.
      package var requestsBefore: Int
      package var failedBefore: Int
      package var givenUpBefore: Int
      /// The first hundred of both since the first change.
      public var failures: [Failure]
    }

    /// Percentiles of the times of good answers.
    package struct Latency: Hashable, Codable, Sendable {
      package var count: Int
      package var median: Double
      package var p90: Double
      package var p99: Double
      package var slowest: Double
    }

    /// Requests in equal pieces of time.
    package struct Strip: Hashable, Codable, Sendable {
      /// When the first piece begins, and how long each is.
      package var begin: Double
      package var width: Double
      /// Good and failed requests of each piece.
      package var good: [Int]
      package var bad: [Int]
      /// The slowest good answer of each piece, in milliseconds.
      package var slowest: [Int]
    }
  }
}
