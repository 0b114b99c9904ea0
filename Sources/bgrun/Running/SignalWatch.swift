import CBgrun
import Dispatch

/// Receives SIGINT, SIGTERM, SIGHUP and SIGQUIT from now on, also those before ``hand(_:)``.
final class SignalWatch {
  private let pipe = bg_signals_watch()
  private var source: (any DispatchSourceRead)?

  /// Calls a function for each signal, on a thread of its own.
  func hand(_ take: @escaping @Sendable (Int32) -> Void) {
    guard pipe >= 0 else { return }
    let source = DispatchSource.makeReadSource(
      fileDescriptor: pipe, queue: DispatchQueue(label: "bgrun.signals"))
    source.setEventHandler { [pipe] in
      var byte: UInt8 = 0
      if read(pipe, &byte, 1) == 1 { take(Int32(byte)) }
    }
    source.resume()
    self.source = source
  }
}
