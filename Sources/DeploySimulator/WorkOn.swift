/// Works on items, several at a time, and takes the results as they come.
///
/// - Parameters:
///   - items: the items.
///   - width: how many are worked on at a time.
///   - deadline: when no other one is begun; `nil` for never.
///   - work: the work on one.
///   - take: takes a result; never called by two threads at a time.
func workOn<Item: Sendable, Value: Sendable>(
  _ items: some Sequence<Item>, atOnce width: Int, until deadline: ContinuousClock.Instant? = nil,
  _ work: @escaping @Sendable (Item) async -> Value, take: (Value) -> Void
) async {
  var waiting = items.makeIterator()
  await withTaskGroup(of: Value.self) { group in
    func begin() {
      if let deadline, .now >= deadline { return }
      guard let item = waiting.next() else { return }
      group.addTask { await work(item) }
    }
    for _ in 0..<max(1, width) { begin() }
    for await value in group {
      take(value)
      begin()
    }
  }
}
