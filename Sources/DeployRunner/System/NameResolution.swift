import BgrunSystem
import Synchronization

/// A resolved socket address.
struct SocketAddress: Hashable, Sendable {
  var family: Int32
  /// The system's `sockaddr` of that family.
  var bytes: [UInt8]

  /// `SOCK_STREAM` as a number on every system.
  #if canImport(Glibc)
    static let stream = Int32(SOCK_STREAM.rawValue)
  #else
    static let stream = SOCK_STREAM
  #endif
}

/// Resolves host names.
///
/// `getaddrinfo` supports neither deadlines nor cancellation, and waits half a minute for a silent
/// name server: it runs on a separate thread, which is abandoned when no task waits for it any
/// longer.
struct NameResolution: Sendable {
  typealias Look =
    @Sendable (_ host: String, _ port: Int, _ flags: Int32) throws -> [SocketAddress]

  /// The lookup, without a time limit.
  var look: Look = Self.askSystem

  /// The addresses, in order of preference.
  ///
  /// - Throws: ``OperationError`` if the lookup fails, or does not finish before the deadline or
  ///   the signal.
  func addresses(
    of host: String, port: Int, deadline: ContinuousClock.Instant, signal: PollSignal
  ) throws -> [SocketAddress] {
    // A numeric address needs no lookup and no thread.
    if let numeric = try? look(host, port, AI_NUMERICHOST) { return numeric }
    let answer = Answer()
    BlockingThread.start { [look] in answer.put(Result { try look(host, port, 0) }) }
    _ = signal.wait(for: POLLIN, of: answer.arrived.descriptor, until: deadline)
    guard let addresses = try answer.result?.get() else {
      throw OperationError.noAnswer(reason: "\(host) cannot be resolved in time")
    }
    return addresses
  }

  private final class Answer: Sendable {
    let arrived = PollSignal()
    private let state = Mutex<Result<[SocketAddress], any Error>?>(nil)

    var result: Result<[SocketAddress], any Error>? { state.withLock(\.self) }

    func put(_ result: Result<[SocketAddress], any Error>) {
      state.withLock { $0 = result }
      arrived.set()
    }
  }

  private static func askSystem(
    _ host: String, _ port: Int, _ flags: Int32
  ) throws -> [SocketAddress] {
    var hints = addrinfo()
    hints.ai_flags = flags
    hints.ai_socktype = SocketAddress.stream
    var list: UnsafeMutablePointer<addrinfo>?
    let failed = getaddrinfo(host, String(port), &hints, &list)
    guard failed == 0, let list else {
      let reason = gai_strerror(failed).map { String(cString: $0) } ?? "\(failed)"
      throw OperationError.noAnswer(reason: "\(host) cannot be resolved: \(reason)")
    }
    defer { freeaddrinfo(list) }
    return sequence(first: list, next: \.pointee.ai_next).map { entry in
      let bytes = UnsafeRawBufferPointer(
        start: entry.pointee.ai_addr, count: Int(entry.pointee.ai_addrlen))
      return SocketAddress(family: entry.pointee.ai_family, bytes: Array(bytes))
    }
  }
}
