import CSystem
import Dispatch

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// SIGINT, SIGTERM and SIGHUP as a sequence of their numbers.
enum Interrupts {
  /// Watches from now on, on a thread of the system's: it waits for as long as the process lives.
  static func watch() -> AsyncStream<Int32> {
    let descriptor = bg_signals_watch()
    let (numbers, continuation) = AsyncStream.makeStream(of: Int32.self)
    guard descriptor >= 0 else {
      continuation.finish()
      return numbers
    }
    DispatchQueue(label: "bgrun.interrupts").async {
      var number: UInt8 = 0
      while true {
        let count = read(descriptor, &number, 1)
        if count == 1 { continuation.yield(Int32(number)) }
        if count == 0 || (count < 0 && errno != EINTR) { return }
      }
    }
    return numbers
  }
}
