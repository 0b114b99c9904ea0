import DeployDSL
import Testing

@testable import DeployRunner
@testable import DeploySimulator

@Suite("HTTPResponse: random bytes", .timeLimit(.minutes(30)))
struct HTTPResponseFuzzTests {
  private static let seeds: [[UInt8]] = [
    "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nServer: x\r\n\r\nhello, world",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n",
    "HTTP/1.1 103 Early\r\n\r\nHTTP/1.0 503 No\n\nuntil the end", "HTTP/1.1 204 \r\n\r\n",
    "HTTP/1.1 301 Moved\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
  ].map { Array($0.utf8) }
  private static let spice = Array("\r\n\r\n:0123456789abcdefHTTP/1. ;\0\u{7f}é".utf8)

  @Test func `20,000 mutilated answers each end with an answer or a reason`() {
    var generator = Random(state: 20_260_101)
    var answered = 0
    let count = 20_000
    for number in 0..<count {
      let bytes = Self.mutilated(&generator)
      do {
        let answer = try Self.read(bytes, &generator)
        #expect(answer != nil, "number \(number) ended with neither")
        answered += 1
      } catch let failure as OperationError {
        switch failure {
        case .noAnswer(let reason), .closed(let reason): #expect(!reason.isEmpty)
        default: Issue.record("number \(number): \(failure)")
        }
      } catch {
        Issue.record("number \(number): \(error)")
      }
    }
    print("HTTPResponse: \(count) mutilated answers tried, \(answered) could be read")
    #expect(answered > count / 20 && answered < count)
  }

  private static func mutilated(_ generator: inout Random) -> [UInt8] {
    var bytes = seeds.randomElement(using: &generator) ?? []
    for _ in 0..<Int.random(in: 0...12, using: &generator) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      let byte = spice.randomElement(using: &generator) ?? 0
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: bytes[place] = .random(in: 0...255, using: &generator)
      case 1: bytes[place] = byte
      case 2: bytes.insert(byte, at: place)
      case 3: bytes.remove(at: place)
      case 4: bytes.removeLast(bytes.count - place)
      default: bytes.insert(contentsOf: bytes[place...], at: place)
      }
      if bytes.count > 2000 { bytes.removeLast(bytes.count - 2000) }
    }
    return bytes
  }

  private static func read(
    _ bytes: [UInt8], _ generator: inout Random
  ) throws -> HTTPAnswer? {
    var response = HTTPResponse()
    var rest = bytes[...]
    while !rest.isEmpty {
      let size = Int.random(in: 1...max(1, rest.count / 2), using: &generator)
      if let answer = try response.add(Array(rest.prefix(size))) { return answer }
      rest = rest.dropFirst(size)
    }
    return try response.add([])
  }
}
