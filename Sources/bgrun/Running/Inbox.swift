/// Items that threads hand to the main thread, in the order in which they happened: a thread that
/// is busy does not delay what is shown, and a slow reader does not delay a thread.
struct Inbox<Item: Sendable>: Sendable {
  private enum Input: Sendable {
    /// Items are pending.
    case items
    /// Time has passed: the spinner turns.
    case tick
  }

  private let pending = Shared<[Item]>([])
  private let inputs: AsyncStream<Input>
  private let inbox: AsyncStream<Input>.Continuation

  init() { (inputs, inbox) = AsyncStream.makeStream(of: Input.self) }

  /// Adds an item.
  func put(_ item: Item) {
    let isFirst = pending.withLock { items in
      items.append(item)
      return items.count == 1
    }
    if isFirst { inbox.yield(.items) }
  }

  /// Adds no more items.
  func finish() { inbox.finish() }

  /// Takes the items until there are no more.
  ///
  /// - Parameter tick: called ten times a second; `nil` if nothing is to be redrawn.
  @MainActor
  func takeAll(tick: (() -> Void)?, _ take: (Item) -> Void) async {
    let ticks = tick.map { _ in
      Task.detached { [inbox] in
        while (try? await Task.sleep(for: .milliseconds(100))) != nil { inbox.yield(.tick) }
      }
    }
    defer { ticks?.cancel() }
    for await input in inputs {
      if case .tick = input { tick?() }
      // Waking this thread costs more than a simulated step: it takes several items at a time.
      if case .items = input { try? await Task.sleep(for: .milliseconds(4)) }
      takePending(take)
    }
    takePending(take)
  }

  private func takePending(_ take: (Item) -> Void) {
    let items = pending.withLock { items in
      defer { items = [] }
      return items
    }
    for item in items { take(item) }
  }
}
