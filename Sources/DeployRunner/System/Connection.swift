import BgrunSystem

/// A stream connection, TCP or Unix, that is aborted at a deadline or when a signal is set.
struct Connection: ~Copyable {
  private let descriptor: Int32
  /// When it is aborted; a kept connection gets another one for each request.
  var deadline: ContinuousClock.Instant
  private let signal: PollSignal

  init(
    host: String, port: Int, deadline: ContinuousClock.Instant, signal: PollSignal
  ) throws {
    self.deadline = deadline
    self.signal = signal
    let addresses = try NameResolution()
      .addresses(of: host, port: port, deadline: deadline, signal: signal)
    var last = ConnectError(reason: "no address")
    for (index, address) in addresses.enumerated() {
      // An address that does not answer must leave time for the next one.
      let now = ContinuousClock().now
      let share = now.duration(to: deadline) / (addresses.count - index)
      do throws(ConnectError) {
        descriptor = try Self.connected(
          to: address, deadline: now.advanced(by: share), signal: signal)
        return
      } catch {
        last = error
      }
    }
    throw last.error(at: "\(host):\(port)")
  }

  /// Connects to a Unix socket.
  init(path: String, deadline: ContinuousClock.Instant, signal: PollSignal) throws {
    self.deadline = deadline
    self.signal = signal
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard path.utf8.count < room else {
      throw OperationError.noAnswer(reason: "\(path): the path is too long for a socket")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let bytes = withUnsafeBytes(of: address) { Array($0) }
    do throws(ConnectError) {
      descriptor = try Self.connected(
        to: SocketAddress(family: AF_UNIX, bytes: bytes), deadline: deadline, signal: signal)
    } catch {
      throw error.error(at: path)
    }
  }

  deinit { close(descriptor) }

  private struct ConnectError: Error {
    var reason: String
    var isRefusal = false

    static func system(_ number: Int32) -> Self {
      Self(reason: String(cString: strerror(number)), isRefusal: number == ECONNREFUSED)
    }

    func error(at place: String) -> OperationError {
      let reason = "\(place): \(reason)"
      return isRefusal ? .refused(reason: reason) : .noAnswer(reason: reason)
    }
  }

  /// A connected, non-blocking socket that children do not inherit.
  private static func connected(
    to address: SocketAddress, deadline: ContinuousClock.Instant, signal: PollSignal
  ) throws(ConnectError) -> Int32 {
    let descriptor = socket(address.family, SocketAddress.stream, 0)
    guard descriptor >= 0 else { throw .system(errno) }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    do throws(ConnectError) {
      try connect(descriptor, to: address, deadline: deadline, signal: signal)
    } catch {
      close(descriptor)
      throw error
    }
    return descriptor
  }

  private static func connect(
    _ descriptor: Int32, to address: SocketAddress, deadline: ContinuousClock.Instant,
    signal: PollSignal
  ) throws(ConnectError) {
    let failed = address.bytes.withUnsafeBytes { bytes in
      let start = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress
      #if canImport(Glibc)
        return Glibc.connect(descriptor, start, socklen_t(bytes.count)) == 0 ? 0 : errno
      #else
        return Darwin.connect(descriptor, start, socklen_t(bytes.count)) == 0 ? 0 : errno
      #endif
    }
    if failed == 0 { return }
    guard failed == EINPROGRESS else { throw .system(failed) }
    guard signal.wait(for: POLLOUT, of: descriptor, until: deadline) else {
      throw ConnectError(reason: "no connection in time")
    }
    var problem: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &problem, &size)
    if problem != 0 { throw .system(problem) }
  }

  func send(_ text: String) throws {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      guard signal.wait(for: POLLOUT, of: descriptor, until: deadline) else {
        throw OperationError.noAnswer(reason: "the request could not be sent in time")
      }
      let count = bytes.withUnsafeBytes { part in
        #if canImport(Glibc)
          Glibc.send(descriptor, part.baseAddress, part.count, Int32(MSG_NOSIGNAL))
        #else
          Darwin.send(descriptor, part.baseAddress, part.count, 0)
        #endif
      }
      if count < 0, Self.isTransient(errno) { continue }
      guard count > 0 else {
        throw Self.failure(errno)
      }
      bytes = bytes.dropFirst(count)
    }
  }

  /// Received bytes; empty at the end of the connection.
  func receive() throws -> [UInt8] {
    while true {
      guard signal.wait(for: POLLIN, of: descriptor, until: deadline) else {
        throw OperationError.noAnswer(reason: "no answer in time")
      }
      var problem: Int32 = 0
      let chunk = [UInt8](unsafeUninitializedCapacity: 16 * 1024) { buffer, count in
        let received = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if received < 0 { problem = errno }
        count = max(0, received)
      }
      if problem == 0 { return chunk }
      guard Self.isTransient(problem) else { throw Self.failure(problem) }
    }
  }

  /// Whether the peer closes the connection within a time without sending anything.
  func isClosed(within time: Duration) -> Bool {
    let end = min(deadline, ContinuousClock().now.advanced(by: time))
    guard signal.wait(for: POLLIN, of: descriptor, until: end) else { return false }
    var byte: UInt8 = 0
    return recv(descriptor, &byte, 1, Int32(MSG_PEEK)) <= 0
  }

  private static func failure(_ problem: Int32) -> OperationError {
    .noAnswer(reason: String(cString: strerror(problem)))
  }

  /// Whether an error means that the peer had closed the connection.
  static func isClosure(_ error: OperationError) -> Bool {
    if case .closed = error { return true }
    return error == failure(ECONNRESET) || error == failure(EPIPE)
  }

  private static func isTransient(_ problem: Int32) -> Bool {
    problem == EAGAIN || problem == EINTR
  }
}
