import DeployDSL
import DeployRunner

/// A step graph as text: the steps in their order with their limits and what undoes them, what runs
/// in parallel, the switch, and the point of no return.
struct GraphOutline {
  /// What one line shows, or several if they are too long.
  private struct Row {
    /// The branches to the left of the name, in the first line and in the next ones.
    var branch = (first: "", next: "")
    var number: Int?
    var name: String
    var limits: [String] = []
    var undo: [String] = []
    /// What draws a line across the table; a space for none.
    var fill: Character = " "

    /// The columns that such a line needs beside a text.
    var line: Int { fill == " " ? 0 : 2 }
  }

  private let graph: StepGraph
  private let rollout: Rollout
  private let width: Int
  private var rows: [Row] = []

  /// - Parameters:
  ///   - rollout: the hosts of the plan, shown in their waves.
  ///   - width: the number of columns; only words that are longer exceed it.
  init(_ graph: StepGraph, on rollout: Rollout = Rollout(), width: Int) {
    (self.graph, self.rollout, self.width) = (graph, rollout, max(20, width))
    add(GraphTree(graph).parts, ("", ""))
    if !graph.onFailure.isEmpty {
      rows.append(Row(name: "On failure"))
      for node in graph.onFailure {
        rows.append(row(node, ("  ", "  "), isNumbered: false))
      }
    }
  }

  /// The text, with a newline at its end.
  var text: String {
    let columns = Columns(rows, width: width)
    return (heading + rows.flatMap { lines($0, columns) }).map { $0.trimmedAtEnd + "\n" }
      .joined()
  }

  private var heading: [String] {
    let application = graph.application
    let heads =
      [
        "\(application.name): \(application.blue) ⇄ \(application.green) behind "
          + "\(application.proxy)" + (application.swarm.map { ", stack \($0.stack)" } ?? "")
      ] + application.workers.map { "with \($0.blue) ⇄ \($0.green)" } + hosts + [
        "\(graph.location.file):\(graph.location.line), ≤ \(graph.timeout.forPeople) in all"
      ]
    return heads.enumerated().flatMap { index, head in
      let lines = head.showable.wrapped(first: width - (index > 0 ? 2 : 0), toWidth: width - 2)
      return lines.enumerated().map { (index + $0.offset > 0 ? "  " : "") + $0.element }
    }
  }

  /// The hosts, those of a wave together.
  private var hosts: [String] {
    let waves = rollout.hostsByWave.map { $0.joined(separator: ", ") }
    guard waves.count > 1 else { return waves.map { "on \($0)" } }
    let pause = rollout.pause > .zero ? ", \(rollout.pause.forPeople) apart" : ""
    return ["in \(waves.count) waves\(pause): \(waves.joined(separator: "; "))"]
  }

  // MARK: Rows

  private mutating func add(_ parts: [GraphTree.Part], _ branch: (first: String, next: String)) {
    var branch = branch
    for part in parts {
      switch part {
      case .step(let node): rows.append(row(node, branch))
      case .choice(let node, let yes, let no):
        rows.append(row(node, branch))
        let branches = [("yes: ", yes), ("no: ", no)].filter { !$0.1.isEmpty }
        add(branches, after: branch.next)
      case .parallel(let branches):
        rows.append(Row(branch: branch, name: "Parallel"))
        add(branches.map { ("", $0) }, after: branch.next)
      case .group(let scope, let parts):
        var row = Row(branch: branch, name: scope.name.showable, limits: scope.limits)
        if parts.count == 1, case .parallel(let branches) = parts[0] {
          row.limits.insert("in parallel", at: 0)
          rows.append(row)
          add(branches.map { ("", $0) }, after: branch.next)
        } else {
          rows.append(row)
          add(parts, (branch.next + "  ", branch.next + "  "))
        }
      }
      branch.first = branch.next
    }
  }

  private mutating func add(_ branches: [(label: String, parts: [GraphTree.Part])], after: String) {
    for (index, branch) in branches.enumerated() {
      let isLast = index == branches.count - 1
      let room = String(repeating: " ", count: branch.label.width)
      add(
        branch.parts,
        (after + (isLast ? "└ " : "├ ") + branch.label, after + (isLast ? "  " : "│ ") + room))
    }
  }

  private func row(
    _ node: Node, _ branch: (first: String, next: String), isNumbered: Bool = true
  ) -> Row {
    let mark = isNumbered ? graph.mark(of: node) : nil
    return Row(
      branch: branch, number: isNumbered ? node.id + 1 : nil, name: node.label.showable,
      limits: [mark?.text].compactMap(\.self) + node.limits(in: graph.application),
      undo: isNumbered ? node.undoWords : [],
      fill: mark.map { $0 == .cutover ? "═" : "─" } ?? " ")
  }

  // MARK: Lines

  /// The widths of the columns.
  private struct Columns {
    var width: Int
    /// What is to the left of the names: a number between two spaces.
    var lead: Int
    var name: Int
    var limits: Int
    var undo: Int
    /// Both, with the gap between them.
    var wide: Int
    /// Whether there is room for columns; otherwise all is below the names.
    var areBeside: Bool

    init(_ rows: [Row], width: Int) {
      self.width = width
      lead = (rows.compactMap { $0.number.map { "\($0)".width } }.max() ?? 0) + 5
      let names = rows.map { $0.branch.first.width + $0.name.width + $0.line }
      name = min(names.max() ?? 0, max(12, (width - lead) * 2 / 5))
      undo = min(rows.map { GraphOutline.undo(of: $0).width }.max() ?? 0, 28)
      func widest(_ rows: [Row]) -> Int {
        rows.map { $0.limits.joined(separator: ", ").width + $0.line }.max() ?? 0
      }
      let room = width - lead - name - 2
      let wanted = widest(rows.filter { !$0.undo.isEmpty })
      limits = min(room - (undo > 0 ? undo + 2 : 0), wanted)
      // Limits may use the room of an undo that is not there.
      wide = max(limits + (undo > 0 ? undo + 2 : 0), min(room, widest(rows)))
      areBeside = limits >= min(wanted, 16) && room >= 30
    }

    /// The column at which lines end.
    var end: Int { areBeside ? lead + name + 2 + wide : width }
  }

  private static func undo(of row: Row) -> String {
    row.undo.isEmpty ? "" : "↩ " + row.undo.joined(separator: ", ")
  }

  private func lines(_ row: Row, _ columns: Columns) -> [String] {
    let number = row.number.map(String.init) ?? ""
    let edge = String(repeating: row.fill, count: 2)
    let lead =
      edge + String(repeating: " ", count: columns.lead - 4 - number.width) + number + "  "
    let rest = String(repeating: " ", count: columns.lead)
    return besides(row, columns, lead, rest) ?? below(row, columns, lead, rest)
  }

  /// The cells of a row beside each other; `nil` if one does not fit.
  private func besides(
    _ row: Row, _ columns: Columns, _ lead: String, _ rest: String
  ) -> [String]? {
    let undo = Self.undo(of: row)
    let room = undo.isEmpty ? columns.wide : columns.limits
    let names = row.name.wrapped(
      first: columns.name - row.branch.first.width,
      toWidth: columns.name - row.branch.next.width)
    let limits = Self.fill(row.limits, toWidth: room)
    let undos = undo.wrapped(first: columns.undo, toWidth: columns.undo - 2)
    let cells = names.enumerated().map { index, line in
      (index == 0 ? row.branch.first : row.branch.next) + line
    }
    guard columns.areBeside, cells.allSatisfy({ $0.width <= columns.name }),
      limits.allSatisfy({ $0.width <= room }), undos.allSatisfy({ $0.width <= columns.undo })
    else { return nil }
    return (0..<max(cells.count, limits.count, undos.count)).map { index in
      let fill = index == 0 ? row.fill : " "
      let undo = index < undos.count ? (index == 0 ? "" : "  ") + undos[index] : ""
      let limit = index < limits.count ? limits[index] : ""
      return (index == 0 ? lead : rest)
        + Self.cell(index < cells.count ? cells[index] : row.branch.next, columns.name, fill)
        + Self.cell(limit, room, fill, isLast: row.undo.isEmpty)
        + undo
    }
  }

  /// The cells of a row below each other.
  private func below(
    _ row: Row, _ columns: Columns, _ lead: String, _ rest: String
  ) -> [String] {
    let texts = [row.limits.joined(separator: ", "), Self.undo(of: row)].filter { !$0.isEmpty }
    let line = ([lead + row.branch.first + row.name] + texts).joined(separator: "  ")
    if row.fill == " ", line.width <= columns.width { return [line] }
    let room = columns.width - columns.lead - row.branch.next.width - 2
    let names = row.name.wrapped(
      first: columns.width - columns.lead - row.branch.first.width, toWidth: room)
    let first = lead + row.branch.first + names[0]
    let hang = rest + row.branch.next + "  "
    return [Self.cell(first, columns.end, row.fill, isLast: true)]
      + (names.dropFirst() + Self.fill(row.limits, toWidth: room)).map { hang + $0 }
      + (row.undo.isEmpty
        ? []
        : Self.undo(of: row).wrapped(first: room, toWidth: room - 2).enumerated()
          .map { hang + ($0.offset == 0 ? "" : "  ") + $0.element })
  }

  /// A text as wide as its column, and the gap to the next one.
  private static func cell(
    _ text: String, _ width: Int, _ fill: Character, isLast: Bool = false
  ) -> String {
    let room = width - text.width
    guard fill != " ", room > 0 else {
      return text.padded(toWidth: width) + (isLast ? "" : "  ")
    }
    let line = String(repeating: fill, count: room - (text.isEmpty ? 0 : 1))
    return text + (text.isEmpty ? "" : " ") + line + (isLast ? "" : "\(fill) ")
  }

  /// Texts beside each other in lines; those that do not fit are broken at words.
  private static func fill(_ texts: [String], toWidth width: Int) -> [String] {
    var lines: [String] = []
    for (index, text) in texts.enumerated() {
      let text = text + (index < texts.count - 1 ? "," : "")
      if let last = lines.last, last.width + 1 + text.width <= width {
        lines[lines.count - 1] += " " + text
      } else {
        lines += text.tied.wrapped(first: width, toWidth: width)
          .map { $0.replacing("\u{A0}", with: " ") }
      }
    }
    return lines
  }
}

extension String {
  /// The text with numbers and their units kept together: `≤ 15 min`.
  fileprivate var tied: String {
    split(separator: " ", omittingEmptySubsequences: false).reduce(into: "") { text, word in
      let unit = word.last == "," ? word.dropLast() : word
      let isTied = ["≤", "×"].contains(text.suffix(1)) || ["s", "ms", "min", "×"].contains(unit)
      text += (text.isEmpty ? "" : isTied ? "\u{A0}" : " ") + word
    }
  }
}
