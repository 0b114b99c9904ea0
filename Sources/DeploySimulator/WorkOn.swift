/// Works on items, several at a time, and takes the results as they come.
///
/// - Parameters:
///   - items: the items.
///   - width: how many are worked on at a time.
///   - isWanted: whether to begin another one. Default: always.
///   - work: the work on one.
///   - take: takes a result; never called by two threads at a time.
func workOn<Item: Sendable, Value: Sendable>(
  _ items: some Sequence<Item>, atOnce width: Int, while isWanted: () -> Bool = { true },
  _ work: @escaping @Sendable (Item) async -> Value, take: (Value) -> Void
) async {
  var waiting = items.makeIterator()
  await withTaskGroup(of: Value.self) { group in
    func begin() {
      guard isWanted(), let item = waiting.next() else { return }
      group.addTask { await work(item) }
    }
    for _ in 0..<max(1, width) { begin() }
    for await value in group {
      take(value)
      begin()
    }
  }
}
