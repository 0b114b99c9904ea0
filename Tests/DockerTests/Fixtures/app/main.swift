// Stands in for grafana/grafana where no registry can be reached: an HTTP server of 100 lines
// that misbehaves on demand. Settings come from the environment:
//
//   VERSION=12.4   what /api/health says          BOOT=2       seconds before it listens
//   UNHEALTHY=1    /api/health answers 503        CRASH=1      logs three lines, exits with 3
//   LIFE=5         dies that many seconds after it began to listen (exit 4)
//
// It exits at once on SIGTERM, as many servers do: what it was sending is cut.
import Glibc

func setting(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

func log(_ line: String) {
  let bytes = Array((line + "\n").utf8)
  _ = write(2, bytes, bytes.count)
}

func sleepSeconds(_ seconds: Double) { usleep(UInt32(seconds * 1_000_000)) }

func onThread(_ work: @escaping @Sendable () -> Void) {
  final class Box {
    let work: @Sendable () -> Void
    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
  }
  var thread = pthread_t()
  let box = Unmanaged.passRetained(Box(work))
  pthread_create(
    &thread, nil,
    { pointer in
      pointer.map { Unmanaged<Box>.fromOpaque($0).takeRetainedValue().work() }
      return nil
    }, box.toOpaque())
  pthread_detach(thread)
}

struct Connection {
  let descriptor: Int32
  let version = setting("VERSION") ?? "unknown"
  let healthy = setting("UNHEALTHY") != "1"

  func send(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        write(descriptor, buffer.baseAddress.map { $0 + sent }, bytes.count - sent)
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  func answer(_ status: String, headers: String = "", body: String) -> Bool {
    send(
      Array(
        """
        HTTP/1.1 \(status)\r\nContent-Type: application/json\r\n\
        Content-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)
        """.utf8))
  }

  /// Ten pieces of 5,000 bytes a second, their sum said beforehand.
  func download(seconds: Int) -> Bool {
    let pieces = seconds * 10
    guard send(Array("HTTP/1.1 200 OK\r\nContent-Length: \(pieces * 5000)\r\n\r\n".utf8))
    else { return false }
    for _ in 0..<pieces {
      guard send([UInt8](repeating: 46, count: 5000)) else { return false }
      sleepSeconds(0.1)
    }
    return true
  }

  func respond(to path: Substring) -> Bool {
    if path == "/api/health" {
      let state = healthy ? "ok" : "failing"
      return answer(
        healthy ? "200 OK" : "503 Service Unavailable",
        body: #"{"database":"\#(state)","version":"\#(version)"}"#)
    }
    if path.hasPrefix("/slow") {
      return download(seconds: path.split(separator: "=").last.flatMap { Int($0) } ?? 6)
    }
    if path == "/bigheader" {
      let cookie = "Set-Cookie: token=\(String(repeating: "x", count: 4000))\r\n"
      return answer("200 OK", headers: String(repeating: cookie, count: 8), body: "{}")
    }
    return answer("200 OK", body: #"{"version":"\#(version)"}"#)
  }

  /// Answers one request after the other until the client goes.
  func serve() {
    defer { close(descriptor) }
    var received = [UInt8]()
    var buffer = [UInt8](repeating: 0, count: 16384)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      guard count > 0 else { return }
      received += buffer[0..<count]
      guard received.suffix(4) == [13, 10, 13, 10] else { continue }
      let text = String(decoding: received, as: UTF8.self)
      received = []
      let words = text.prefix { $0 != "\r\n" }.split(separator: " ")
      guard words.count == 3, respond(to: words[1]) else { return }
      if text.lowercased().contains("connection: close") { return }
    }
  }
}

signal(SIGTERM) { _ in _exit(0) }
signal(SIGPIPE, SIG_IGN)
if setting("CRASH") == "1" {
  log("logger=server msg=\"Starting Grafana\" version=\(setting("VERSION") ?? "")")
  log("logger=sqlstore msg=\"Connecting to DB\" dbtype=sqlite3")
  log("error: failed to connect to database: unable to open database file")
  exit(3)
}
sleepSeconds(Double(setting("BOOT") ?? "0") ?? 0)
let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
var on: Int32 = 1
setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, 4)
var address = sockaddr_in()
address.sin_family = sa_family_t(AF_INET)
address.sin_port = UInt16(3000).bigEndian
let bound = withUnsafePointer(to: &address) { pointer in
  pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
    bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
  }
}
guard bound == 0, listen(listener, 512) == 0 else { exit(5) }
log("logger=http.server msg=\"HTTP Server Listen\" address=[::]:3000")
if let life = setting("LIFE").flatMap({ Double($0) }) {
  onThread {
    sleepSeconds(life)
    log("fatal error: runtime: out of memory")
    _exit(4)
  }
}
while true {
  let client = accept(listener, nil, nil)
  guard client >= 0 else { continue }
  setsockopt(client, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
  onThread { Connection(descriptor: client).serve() }
}
