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
final class SignalWatch {
  private let source: (any DispatchSourceRead)?

  /// Calls a function for each signal, on a thread of its own.
  init(_ take: @escaping @Sendable (Int32) -> Void) {
    let pipe = bg_signals_watch()
    guard pipe >= 0 else {
      source = nil
      return
    }
    let source = DispatchSource.makeReadSource(
      fileDescriptor: pipe, queue: DispatchQueue(label: "bgrun.signals"))
    source.setEventHandler {
      var byte: UInt8 = 0
      if read(pipe, &byte, 1) == 1 { take(Int32(byte)) }
    }
    source.resume()
    self.source = source
  }
}
