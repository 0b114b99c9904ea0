import DeployDSL

/// A step graph as its plan was written: steps in order, what encloses others, and what runs in
/// parallel.
struct GraphTree {
  /// A part of a plan.
  indirect enum Part {
    case step(Node)
    case group(Scope, [Part])
    case choice(Node, yes: [Part], no: [Part])
    case parallel([[Part]])
  }

  /// The parts, in order.
  let parts: [Part]

  init(_ graph: StepGraph) {
    parts = GraphLevel(graph.nodes, scopes: 0, guards: 0).parts(in: graph)
  }
}

/// The nodes at a depth of a graph, as items of which each is a step, a group or a condition with
/// its branches.
private struct GraphLevel {
  private enum Kind: Equatable {
    case step
    case group(Int)
    case choice
  }

  private struct Item {
    var kind: Kind
    var nodes: [Node]
    /// The items that it waits for.
    var before: Set<Int> = []
  }

  private var items: [Item] = []
  private let scopes: Int
  private let guards: Int

  /// - Parameters:
  ///   - scopes: how many of the nodes' scopes are around this level.
  ///   - guards: how many of their conditions are outside of it.
  init(_ nodes: [Node], scopes: Int, guards: Int) {
    (self.scopes, self.guards) = (scopes, guards)
    var (places, groups): ([Int: Int], [Int: Int]) = ([:], [:])
    for node in nodes {
      let before = node.dependencies.compactMap { places[$0] }
      let condition = node.guards.count > guards ? places[node.guards[guards].node] : nil
      let scope = node.scopes.count > scopes ? node.scopes[scopes] : nil
      let place: Int
      if let condition, items[condition].kind == .choice {
        place = condition
      } else if let scope, let group = groups[scope] {
        place = group
      } else {
        place = items.count
        let kind = scope.map(Kind.group) ?? (node.condition == nil ? .step : .choice)
        items.append(Item(kind: kind, nodes: []))
        if let scope { groups[scope] = place }
      }
      items[place].nodes.append(node)
      items[place].before.formUnion(before.filter { $0 != place })
      places[node.id] = place
    }
  }

  func parts(in graph: StepGraph) -> [GraphTree.Part] {
    series(Array(items.indices)).flatMap { parts($0, in: graph) }
  }

  // MARK: Order

  /// Items one after the other, and between them what runs in parallel.
  private indirect enum Stretch {
    case item(Int)
    case parallel([[Stretch]])
  }

  /// The order of items: those that come before or after every other one are in sequence.
  private func series(_ numbers: [Int]) -> [Stretch] {
    let inOrder = lasts(numbers).intersection(firsts(numbers))
    var (stretches, between): ([Stretch], [Int]) = ([], [])
    func close() {
      let branches = components(between)
      stretches +=
        branches.count == 1 && between.count == numbers.count
        ? between.map(Stretch.item) : branches.isEmpty ? [] : [.parallel(branches.map(series))]
      between = []
    }
    for number in numbers {
      guard inOrder.contains(number) else {
        between.append(number)
        continue
      }
      close()
      stretches.append(.item(number))
    }
    close()
    return stretches
  }

  /// The items that wait for all earlier ones.
  private func lasts(_ numbers: [Int]) -> Set<Int> {
    var ends: Set<Int> = []
    return Set(
      numbers.filter { number in
        ends.subtract(items[number].before)
        ends.insert(number)
        return ends.count == 1
      })
  }

  /// The items for which all later ones wait.
  private func firsts(_ numbers: [Int]) -> Set<Int> {
    let known = Set(numbers)
    var (starts, found): (Set<Int>, Set<Int>) = ([], [])
    var dependents: [Int: Set<Int>] = [:]
    for number in numbers {
      for before in items[number].before where known.contains(before) {
        dependents[before, default: []].insert(number)
      }
    }
    for number in numbers.reversed() {
      starts.subtract(dependents[number] ?? [])
      starts.insert(number)
      if starts.count == 1 { found.insert(number) }
    }
    return found
  }

  /// The items that have nothing to do with each other, in the order of their first ones.
  private func components(_ numbers: [Int]) -> [[Int]] {
    var component: [Int: Int] = [:]
    var members: [[Int]] = []
    for number in numbers {
      let joined = Set(items[number].before.compactMap { component[$0] }).sorted()
      let target = joined.first ?? members.count
      if joined.isEmpty { members.append([]) }
      for other in joined.dropFirst() {
        for moved in members[other] { component[moved] = target }
        members[target] += members[other]
        members[other] = []
      }
      component[number] = target
      members[target].append(number)
    }
    return members.filter { !$0.isEmpty }.map { $0.sorted() }
  }

  // MARK: Parts

  private func parts(_ stretch: Stretch, in graph: StepGraph) -> [GraphTree.Part] {
    switch stretch {
    case .parallel(let branches):
      let parts = branches.map { $0.flatMap { self.parts($0, in: graph) } }.filter { !$0.isEmpty }
      return parts.count == 1 ? parts[0] : [.parallel(parts)]
    case .item(let number):
      let item = items[number]
      switch item.kind {
      case .step: return item.nodes.filter { !$0.step.isMeetingPoint }.map { .step($0) }
      case .group(let scope):
        let level = GraphLevel(item.nodes, scopes: scopes + 1, guards: guards)
        return [.group(graph.scopes[scope], level.parts(in: graph))]
      case .choice:
        return [
          .choice(
            item.nodes[0], yes: branch(item, true, in: graph), no: branch(item, false, in: graph))
        ]
      }
    }
  }

  /// A branch of a condition, whose steps have a scope of their own.
  private func branch(
    _ item: Item, _ expects: Bool, in graph: StepGraph
  ) -> [GraphTree.Part] {
    let nodes = item.nodes.dropFirst().filter { $0.guards[guards].expects == expects }
    return GraphLevel(nodes, scopes: scopes + 1, guards: guards + 1).parts(in: graph)
  }
}
