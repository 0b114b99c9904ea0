import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A server, on 127.0.0.1 or at a path, that gives each request the same bytes for an answer.
final class LocalServer: Sendable {
  enum Manner: Sendable {
    /// Answers in these pieces, then closes.
    case answering([String])
    /// Takes the request and says nothing.
    case silent
    /// Owns the port, but takes no connection.
    case refusing
  }

  let port: Int
  /// The requests as they arrive.
  let requests: AsyncStream<String>
  private let descriptor: Int32
  private let isListening: Bool
  private let kept = Mutex<[Int32]>([])

  convenience init(_ manner: Manner) { self.init(manner, Self.bound()) }

  /// A server whose socket lies in the file system.
  convenience init(_ manner: Manner, at path: String) {
    self.init(manner, (Self.bound(at: path), 0))
  }

  private init(_ manner: Manner, _ descriptor: (socket: Int32, port: Int)) {
    self.descriptor = descriptor.socket
    port = descriptor.port
    isListening = if case .refusing = manner { false } else { true }
    let (requests, continuation) = AsyncStream.makeStream(of: String.self)
    self.requests = requests
    guard isListening else { return }
    listen(self.descriptor, 16)
    let listening = descriptor.socket
    let hold: @Sendable (Int32) -> Void = { [weak self] in self?.keep($0) }
    Thread.detachNewThread {
      while true {
        let connection = accept(listening, nil, nil)
        guard connection >= 0 else {
          // Only here: while this thread waits at a number, the number must not become another's.
          close(listening)
          return
        }
        continuation.yield(Self.request(on: connection))
        guard case .answering(let pieces) = manner else {
          hold(connection)
          continue
        }
        for piece in pieces {
          _ = Array(piece.utf8).withUnsafeBytes {
            send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
          }
        }
        close(connection)
      }
    }
  }

  deinit {
    if isListening {
      // Ends the thread, which closes it.
      shutdown(descriptor, Int32(SHUT_RDWR))
    } else {
      close(descriptor)
    }
    for connection in kept.withLock({ $0 }) { close(connection) }
  }

  private func keep(_ connection: Int32) { kept.withLock { $0.append(connection) } }

  private static func bound() -> (socket: Int32, port: Int) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(descriptor, $0, size)
        _ = getsockname(descriptor, $0, &size)
      }
    }
    return (descriptor, Int(in_port_t(bigEndian: address.sin_port)))
  }

  private static func bound(at path: String) -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    return descriptor
  }

  private static func request(on connection: Int32) -> String {
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !isWhole(text) {
      let count = recv(connection, &buffer, buffer.count, 0)
      if count <= 0 { break }
      text += String(decoding: buffer[..<count], as: UTF8.self)
    }
    return text
  }

  /// Whether head and body have come.
  private static func isWhole(_ text: String) -> Bool {
    guard let end = text.range(of: "\r\n\r\n") else { return false }
    let length = text.split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }
    return text[end.upperBound...].utf8.count >= Int(length?.dropFirst(16) ?? "0") ?? 0
  }
}
