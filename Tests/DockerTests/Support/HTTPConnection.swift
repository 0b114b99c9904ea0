import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// A blocking HTTP/1.1 client connection to 127.0.0.1, which tells exactly how a request ended.
struct HTTPConnection: ~Copyable {
  /// What came back.
  struct Answer: Sendable {
    var status: Int
    var body: [UInt8]
    /// Whether the server will close the connection.
    var closes: Bool
    /// The body as text.
    var text: String { String(decoding: body, as: UTF8.self) }
  }

  /// Why an answer is missing or incomplete.
  enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
    case refused(errno: Int32)
    case timedOut
    /// The connection ended before any byte of the answer.
    case closedBeforeAnswer
    /// The connection ended within the answer.
    case cut(received: Int, expected: Int)
    case malformed

    var description: String {
      switch self {
      case .refused(let number): "connection refused (errno \(number))"
      case .timedOut: "timed out"
      case .closedBeforeAnswer: "closed before any byte of the answer"
      case .cut(let received, let expected): "cut after \(received) of \(expected) bytes"
      case .malformed: "malformed answer"
      }
    }
  }

  private let descriptor: Int32

  init(port: Int, timeout: Int = 10) throws(Failure) {
    #if canImport(Glibc)
      let kind = Int32(SOCK_STREAM.rawValue)
    #else
      let kind = SOCK_STREAM
    #endif
    descriptor = socket(AF_INET, kind, 0)
    var limit = timeval(tv_sec: timeout, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    #if !canImport(Glibc)
      var on: Int32 = 1
      setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<Int32>.size))
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if status != 0 { throw .refused(errno: errno) }
  }

  deinit { close(descriptor) }

  /// Sends a GET and reads the whole answer, which must say its length.
  func get(_ path: String, close: Bool) throws(Failure) -> Answer {
    let mode = close ? "close" : "keep-alive"
    let request = Array(
      "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: \(mode)\r\n\r\n".utf8)
    #if canImport(Glibc)
      let flags = Int32(MSG_NOSIGNAL)
    #else
      let flags: Int32 = 0
    #endif
    guard send(descriptor, request, request.count, flags) == request.count else {
      throw .closedBeforeAnswer
    }
    var received = [UInt8]()
    var head: Head?
    while true {
      if head == nil, let end = received.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound {
        guard let parsed = Head(received[..<end]) else { throw .malformed }
        received.removeFirst(end)
        head = parsed
      }
      if let head, received.count >= head.length {
        return Answer(status: head.status, body: received, closes: head.closes || close)
      }
      try read(into: &received, expecting: head)
    }
  }

  private func read(into received: inout [UInt8], expecting head: Head?) throws(Failure) {
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    if count > 0 {
      received += buffer[..<count]
    } else if count < 0, errno == EAGAIN || errno == EWOULDBLOCK {
      throw .timedOut
    } else if received.isEmpty, head == nil {
      throw .closedBeforeAnswer
    } else {
      throw .cut(received: received.count, expected: head?.length ?? 0)
    }
  }

  /// Status line and header fields of an answer.
  private struct Head {
    var status: Int
    var length: Int
    var closes: Bool

    init?(_ bytes: ArraySlice<UInt8>) {
      let lines = String(decoding: bytes, as: UTF8.self).lowercased().split(separator: "\r\n")
      guard let words = lines.first?.split(separator: " "), words.count >= 2,
        let status = Int(words[1])
      else { return nil }
      self.status = status
      let prefix = "content-length: "
      guard let field = lines.first(where: { $0.hasPrefix(prefix) }),
        let length = Int(field.dropFirst(prefix.count))
      else { return nil }
      self.length = length
      closes = lines.contains("connection: close")
    }
  }
}
