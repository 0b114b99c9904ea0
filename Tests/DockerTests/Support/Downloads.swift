/// Downloads of known length through the proxy, in flight while something else happens.
final class Downloads: Sendable {
  private let crew: Crew<String>

  /// Starts them.
  init(port: Int, count: Int = 4, seconds: Int = 6) {
    crew = Crew(count) { _ in Self.download(port: port, seconds: seconds) }
  }

  /// Waits for the last one; returns `"whole"` for each that is, else what happened.
  func results() async -> [String] { await crew.results() }

  private static func download(port: Int, seconds: Int) -> String {
    do throws(HTTPConnection.Failure) {
      let answer = try HTTPConnection(port: port, timeout: 20)
        .get("/slow?seconds=\(seconds)", close: true)
      return answer.status == 200 && answer.body.count == seconds * 50_000
        ? "whole" : "status \(answer.status), \(answer.body.count) bytes"
    } catch {
      return error.description
    }
  }
}
