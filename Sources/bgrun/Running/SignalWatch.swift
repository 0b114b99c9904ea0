import CBgrun
import Dispatch

/// Receives SIGINT, SIGTERM, SIGHUP and SIGQUIT from now on, also those before ``hand(_:)``.
final class SignalWatch {
  private let pipe = bg_signals_watch()
  private var source: (any DispatchSourceRead)?

  /// How long after the first signal another one counts as the same: `timeout` signals its child
  /// and then the child's group, and when a terminal closes both the shell and the kernel send one.
  private static let echo: Duration = .milliseconds(500)

  /// Calls a function for each signal, on a thread of its own.
  func hand(_ take: @escaping @Sendable (Int32) -> Void) {
    guard pipe >= 0 else { return }
    let source = DispatchSource.makeReadSource(
      fileDescriptor: pipe, queue: DispatchQueue(label: "bgrun.signals"))
    let first = Shared<ContinuousClock.Instant?>(nil)
    source.setEventHandler { [pipe] in
      var byte: UInt8 = 0
      guard read(pipe, &byte, 1) == 1 else { return }
      let isEcho = first.withLock { first in
        defer { first = first ?? .now }
        return first.map { $0.duration(to: .now) < Self.echo } ?? false
      }
      if !isEcho { take(Int32(byte)) }
    }
    source.resume()
    self.source = source
  }
}
