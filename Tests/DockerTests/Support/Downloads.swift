import Foundation
import Synchronization

/// Downloads of known length through the proxy, in flight while something else happens.
final class Downloads: Sendable {
  /// The whole length that a download of some seconds must have.
  static func length(seconds: Int) -> Int { seconds * 50_000 }

  private let state: Mutex<(running: Int, results: [String], waiting: CheckedContinuation<[String], Never>?)>

  /// Starts them.
  init(port: Int, count: Int = 4, seconds: Int = 6) {
    state = Mutex((count, [], nil))
    for _ in 0..<count {
      Thread.detachNewThread {
        self.finish(Self.download(port: port, seconds: seconds))
      }
    }
  }

  /// Waits for the last one; `"whole"` for each that arrived so, else what happened.
  func results() async -> [String] {
    await withCheckedContinuation { continuation in
      let results = state.withLock { state -> [String]? in
        if state.running == 0 { return state.results }
        state.waiting = continuation
        return nil
      }
      if let results { continuation.resume(returning: results) }
    }
  }

  private func finish(_ result: String) {
    let last = state.withLock { state -> (CheckedContinuation<[String], Never>, [String])? in
      state.running -= 1
      state.results.append(result)
      guard state.running == 0, let waiting = state.waiting else { return nil }
      return (waiting, state.results)
    }
    last?.0.resume(returning: last?.1 ?? [])
  }

  private static func download(port: Int, seconds: Int) -> String {
    do throws(HTTPConnection.Failure) {
      let answer = try HTTPConnection(port: port, timeout: 20)
        .get("/slow?seconds=\(seconds)", close: true)
      return answer.status == 200 && answer.body.count == length(seconds: seconds)
        ? "whole" : "status \(answer.status), \(answer.body.count) bytes"
    } catch {
      return error.description
    }
  }
}
