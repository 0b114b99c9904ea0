#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A stream connection, TCP or local, that is given up at a deadline or when a signal is set.
struct Connection: ~Copyable {
  private let descriptor: Int32
  private let deadline: ContinuousClock.Instant
  private let signal: CancelSignal

  init(
    host: String, port: Int, deadline: ContinuousClock.Instant, signal: CancelSignal
  ) throws {
    self.deadline = deadline
    self.signal = signal
    var hints = addrinfo()
    #if canImport(Glibc)
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #else
      hints.ai_socktype = SOCK_STREAM
    #endif
    var list: UnsafeMutablePointer<addrinfo>?
    let failed = getaddrinfo(host, String(port), &hints, &list)
    guard failed == 0, let list else {
      throw OperationFailure.noAnswer(
        reason:
          "\(host) cannot be resolved: \(gai_strerror(failed).map { String(cString: $0) } ?? "\(failed)")"
      )
    }
    defer { freeaddrinfo(list) }
    var reason = "no address"
    var next: UnsafeMutablePointer<addrinfo>? = list
    while let address = next {
      let descriptor = socket(
        address.pointee.ai_family, address.pointee.ai_socktype, address.pointee.ai_protocol)
      next = address.pointee.ai_next
      guard descriptor >= 0 else { continue }
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
      let problem = Self.connect(
        descriptor, to: address.pointee.ai_addr, size: address.pointee.ai_addrlen,
        deadline: deadline, signal: signal)
      guard let problem else {
        self.descriptor = descriptor
        return
      }
      close(descriptor)
      reason = problem
    }
    throw OperationFailure.noAnswer(reason: "\(host):\(port): \(reason)")
  }

  /// Connects to a socket of this machine's file system.
  init(path: String, deadline: ContinuousClock.Instant, signal: CancelSignal) throws {
    self.deadline = deadline
    self.signal = signal
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard path.utf8.count < room else {
      throw OperationFailure.noAnswer(reason: "\(path): the path is too long for a socket")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    #if canImport(Glibc)
      let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
    #endif
    guard descriptor >= 0 else {
      throw OperationFailure.noAnswer(reason: String(cString: strerror(errno)))
    }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    let problem = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        Self.connect(
          descriptor, to: address, size: socklen_t(MemoryLayout<sockaddr_un>.size),
          deadline: deadline, signal: signal)
      }
    }
    if let problem {
      close(descriptor)
      throw OperationFailure.noAnswer(reason: "\(path): \(problem)")
    }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Connects; returns why it failed.
  private static func connect(
    _ descriptor: Int32, to address: UnsafePointer<sockaddr>?, size: socklen_t,
    deadline: ContinuousClock.Instant, signal: CancelSignal
  ) -> String? {
    #if canImport(Glibc)
      let result = Glibc.connect(descriptor, address, size)
    #else
      let result = Darwin.connect(descriptor, address, size)
    #endif
    if result == 0 { return nil }
    guard errno == EINPROGRESS else { return String(cString: strerror(errno)) }
    guard Self.wait(descriptor, for: POLLOUT, deadline: deadline, signal: signal) else {
      return "no connection in time"
    }
    var problem: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &problem, &size)
    return problem == 0 ? nil : String(cString: strerror(problem))
  }

  /// Waits until the descriptor is ready; false at the deadline or when the signal is set.
  private static func wait(
    _ descriptor: Int32, for events: Int32, deadline: ContinuousClock.Instant,
    signal: CancelSignal
  ) -> Bool {
    while true {
      let left = ContinuousClock().now.duration(to: deadline)
      guard left > .zero else { return false }
      var polled = [
        pollfd(fd: descriptor, events: Int16(events), revents: 0),
        pollfd(fd: signal.descriptor, events: Int16(POLLIN), revents: 0),
      ]
      _ = poll(&polled, 2, left.forPoll)
      if polled[1].revents != 0 { return false }
      if polled[0].revents != 0 { return true }
    }
  }

  func send(_ text: String) throws {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      guard Self.wait(descriptor, for: POLLOUT, deadline: deadline, signal: signal) else {
        throw OperationFailure.noAnswer(reason: "the request could not be sent in time")
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
        throw OperationFailure.noAnswer(reason: String(cString: strerror(errno)))
      }
      bytes = bytes.dropFirst(count)
    }
  }

  /// What has arrived; empty at the connection's end.
  func receive() throws -> [UInt8] {
    while true {
      guard Self.wait(descriptor, for: POLLIN, deadline: deadline, signal: signal) else {
        throw OperationFailure.noAnswer(reason: "no answer in time")
      }
      var problem: Int32 = 0
      let chunk = [UInt8](unsafeUninitializedCapacity: 16 * 1024) { buffer, count in
        let received = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if received < 0 { problem = errno }
        count = max(0, received)
      }
      if problem == 0 { return chunk }
      guard Self.isTransient(problem) else {
        throw OperationFailure.noAnswer(reason: String(cString: strerror(problem)))
      }
    }
  }

  /// Whether the other side closes the connection within a time without having said anything.
  func isClosed(within time: Duration) throws -> Bool {
    let end = min(deadline, ContinuousClock().now.advanced(by: time))
    guard Self.wait(descriptor, for: POLLIN, deadline: end, signal: signal) else { return false }
    var byte: UInt8 = 0
    return recv(descriptor, &byte, 1, Int32(MSG_PEEK)) <= 0
  }

  private static func isTransient(_ problem: Int32) -> Bool {
    problem == EAGAIN || problem == EINTR
  }
}
