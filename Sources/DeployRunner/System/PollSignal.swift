import BgrunSystem
import CBgrun

/// A flag for threads that wait in `poll`: setting it makes its descriptor readable.
final class PollSignal: Sendable {
  /// The descriptor to poll; -1 if the process has no descriptors left (a waiter then waits for its
  /// own timeout).
  let descriptor: Int32
  private let writeEnd: Int32

  init() {
    var ends: [Int32] = [-1, -1]
    if cbgrun_pipe(&ends) != 0 { ends = [-1, -1] }
    descriptor = ends[0]
    writeEnd = ends[1]
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if writeEnd >= 0 { close(writeEnd) }
  }

  func set() {
    var byte: UInt8 = 1
    if writeEnd >= 0 { _ = write(writeEnd, &byte, 1) }
  }

  /// Waits until this signal is set; returns false at the deadline.
  func isSet(by deadline: ContinuousClock.Instant) -> Bool {
    while true {
      let left = ContinuousClock().now.duration(to: deadline)
      var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      _ = poll(&polled, 1, max(.zero, left).forPoll)
      if polled.revents != 0 { return true }
      if left <= .zero { return false }
    }
  }

  /// Waits until another descriptor is ready; returns false at the deadline or when this signal is
  /// set.
  func wait(
    for events: Int32, of other: Int32, until deadline: ContinuousClock.Instant
  ) -> Bool {
    while true {
      let left = ContinuousClock().now.duration(to: deadline)
      guard left > .zero else { return false }
      var polled = [
        pollfd(fd: other, events: Int16(events), revents: 0),
        pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
      ]
      _ = poll(&polled, 2, left.forPoll)
      if polled[1].revents != 0 { return false }
      if polled[0].revents != 0 { return true }
    }
  }
}
