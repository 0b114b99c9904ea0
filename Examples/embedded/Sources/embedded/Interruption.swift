import DeployRunner
import Dispatch
import Foundation

/// Cancels a run on Ctrl-C, on SIGTERM, and when its time is up.
///
/// Cancelling does not just end: what can be taken back is, and the report says so.
struct Interruption {
  private let signals: [any DispatchSourceSignal]
  private let timer: Task<Void, Never>?

  static func watch(_ run: DeployRun, limit: Duration?) -> Interruption {
    let signals = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { run.cancel() }
      source.resume()
      return source
    }
    let timer = limit.map { limit in
      Task {
        guard (try? await Task.sleep(for: limit)) != nil else { return }
        run.cancel()
      }
    }
    return Interruption(signals: signals, timer: timer)
  }

  func cancel() {
    for source in signals { source.cancel() }
    timer?.cancel()
  }
}
