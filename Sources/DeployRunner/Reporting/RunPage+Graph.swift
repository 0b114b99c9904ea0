/// The plan's graph, from top to bottom.
extension RunPage {
  private static let (width, height, rowHeight, columnWidth) = (170, 36, 62, 186)

  /// A step with its place in the picture and the steps that it waits for.
  private struct Box {
    var node: Int
    var level: Int
    var after: Set<Int>
    var column = 0
  }

  var graph: String {
    let boxes = boxes
    guard boxes.count > 1 else { return "" }
    let columns = Dictionary(grouping: boxes, by: \.level).values.map(\.count).max() ?? 1
    let (wide, high) = (
      columns * Self.columnWidth, ((boxes.map(\.level).max() ?? 0) + 1) * Self.rowHeight + 8
    )
    let byNode = Dictionary(boxes.map { ($0.node, $0) }) { first, _ in first }
    func center(_ box: Box) -> Int {
      let count = boxes.count { $0.level == box.level }
      return wide * (2 * box.column + 1) / (2 * count)
    }
    let edges = boxes.flatMap { box in
      box.after.sorted().compactMap { byNode[$0] }.map { from in
        let (top, bottom) = (
          from.level * Self.rowHeight + 8 + Self.height, box.level * Self.rowHeight + 8
        )
        let (start, end) = (center(from), center(box))
        return
          "<path d=\"M\(start) \(top)C\(start) \(top + 18) \(end) \(bottom - 18) \(end) \(bottom)\"/>"
      }
    }
    let shapes = boxes.map { shape($0, at: center($0)) }
    return """
      <section>
      <h2>Plan</h2>
      <svg class="graph" viewBox="0 0 \(wide) \(high)" style="max-width:\(wide)px" role="img" aria-label="the steps of the plan">
      \((edges + shapes).joined(separator: "\n"))
      </svg>
      </section>
      """
  }

  private func shape(_ box: Box, at center: Int) -> String {
    let names = story.header?.steps ?? []
    let name = names.indices.contains(box.node) ? names[box.node] : ""
    let short = name.count > 22 ? name.prefix(21) + "…" : name[...]
    let tone = story.steps.last { $0.node == box.node }?.tone ?? "none"
    let isSwitch = story.node(box.node)?.kind == "reload"
    let (left, top) = (center - Self.width / 2, box.level * Self.rowHeight + 8)
    return "<g class=\"\(tone)\(isSwitch ? " cut" : "")\"><title>\(name.inXML)</title>"
      + "<rect x=\"\(left)\" y=\"\(top)\" width=\"\(Self.width)\" height=\"\(Self.height)\" rx=\"8\"/>"
      + "<text x=\"\(center)\" y=\"\(top + 23)\">\(String(short).inXML)</text></g>"
  }

  /// The steps without the points at which branches only meet.
  private var boxes: [Box] {
    guard let nodes = story.header?.nodes else { return [] }
    var found: [Box] = []
    var sources: [Set<Int>] = []
    var levels: [Int] = []
    for (number, node) in nodes.enumerated() {
      let known = node.after.filter { $0 < number && $0 >= 0 }
      let after = known.reduce(into: Set<Int>()) { $0.formUnion(sources[$1]) }
      let level = known.map { levels[$0] }.max() ?? 0
      if node.isJoin {
        sources.append(after)
        levels.append(level)
      } else {
        let column = found.count { $0.level == level }
        found.append(Box(node: number, level: level, after: after, column: column))
        sources.append([number])
        levels.append(level + 1)
      }
    }
    return found
  }
}
