import CSystem
import Dispatch

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Hears SIGINT, SIGTERM and SIGHUP for as long as it lives.
@MainActor
final class SignalWatch {
  private var source: (any DispatchSourceRead)?

  /// Calls a function on the main thread for each signal.
  init(_ take: @escaping @MainActor @Sendable (Int32) -> Void) {
    let pipe = bg_signals_watch()
    guard pipe >= 0 else { return }
    let source = DispatchSource.makeReadSource(fileDescriptor: pipe, queue: .main)
    source.setEventHandler {
      var byte: UInt8 = 0
      guard read(pipe, &byte, 1) == 1 else { return }
      let signal = Int32(byte)
      MainActor.assumeIsolated { take(signal) }
    }
    source.resume()
    self.source = source
  }
}
