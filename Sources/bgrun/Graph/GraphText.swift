import DeployDSL
import DeployRunner

/// A step graph in the formats of `bgrun graph`.
struct GraphText {
  let graph: StepGraph
  /// The hosts that it is for.
  let rollout: Rollout
  /// The columns of a text.
  let width: Int

  /// The graph as text in a format, with a newline at its end.
  func text(as format: Options.Format) throws -> String {
    switch format {
    case .human, .text, .sarif, .html, .markdown, .junit:
      GraphOutline(graph, on: rollout, width: width).text
    case .mermaid: mermaid
    case .dot: dot
    case .json: try json
    }
  }

  // MARK: Mermaid

  private var mermaid: String {
    let edges = graph.nodes.flatMap { node in
      node.dependencies.map { from in
        "  n\(from) -->\(node.answer(of: from).map { "|\($0)|" } ?? "") n\(node.id)"
      }
    }
    let nested = nest { node, indent in
      if node.step.isMeetingPoint { return "\(indent)n\(node.id)(( ))" }
      let name = mermaidQuoted(texts(of: node))
      let isChoice = node.condition != nil
      let mark = graph.mark(of: node).map { ":::\($0.name)" } ?? ""
      return "\(indent)n\(node.id)" + (isChoice ? "{\(name)}" : "[\(name)]") + mark
    } open: { scope, indent in
      "\(indent)subgraph s\(scope)[\(mermaidQuoted(texts(of: graph.scopes[scope])))]"
    } close: {
      "\($0)end"
    }
    let marks = Set(graph.nodes.compactMap(graph.mark))
    let classes = [
      (Node.Mark.cutover, "stroke-width:4px"),
      (.pointOfNoReturn, "stroke-width:2px,stroke-dasharray:5"),
    ].filter { marks.contains($0.0) }.map { "  classDef \($0.0.name) \($0.1)" }
    return (["flowchart TD"] + nested + edges + classes).joined(separator: "\n") + "\n"
  }

  private func mermaidQuoted(_ texts: [String]) -> String {
    let texts = texts.map {
      $0.replacing("&", with: "#amp;").replacing("\"", with: "#quot;")
        .replacing("<", with: "#lt;").replacing("\n", with: " ")
    }
    return "\"\(texts.joined(separator: "<br/>"))\""
  }

  /// The name of a step and, below it, its limits and what undoes it.
  private func texts(of node: Node) -> [String] {
    let limits = node.limits(in: graph.application).joined(separator: ", ")
    let undo = node.undoWords.joined(separator: ", ")
    return [
      node.label.showable, graph.mark(of: node)?.text ?? "", limits,
      undo.isEmpty ? "" : "↩ \(undo)",
    ].filter { !$0.isEmpty }
  }

  private func texts(of scope: Scope) -> [String] {
    [scope.name] + (scope.limits.isEmpty ? [] : [scope.limits.joined(separator: ", ")])
  }

  // MARK: DOT

  private var dot: String {
    let edges = graph.nodes.flatMap { node in
      node.dependencies.map { from in
        "  n\(from) -> n\(node.id)\(node.answer(of: from).map { " [label=\"\($0)\"]" } ?? "");"
      }
    }
    let nested = nest { node, indent in
      let label = "label=\(dotQuoted(texts(of: node)))"
      let shape =
        node.step.isMeetingPoint
        ? "shape=point" : node.condition == nil ? label : "shape=diamond, \(label)"
      let style =
        switch graph.mark(of: node) {
        case .cutover: ", penwidth=4"
        case .pointOfNoReturn: ", style=dashed, penwidth=2"
        case nil: ""
        }
      return "\(indent)n\(node.id) [\(shape)\(style)];"
    } open: { scope, indent in
      "\(indent)subgraph cluster_\(scope) {\n"
        + "\(indent)  label=\(dotQuoted(texts(of: graph.scopes[scope])));"
    } close: {
      "\($0)}"
    }
    let head = ["digraph \(dotQuoted([graph.application.name])) {", "  node [shape=box];"]
    return (head + nested + edges + ["}"]).joined(separator: "\n") + "\n"
  }

  private func dotQuoted(_ texts: [String]) -> String {
    let texts = texts.map { $0.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") }
    return "\"\(texts.joined(separator: "\\n"))\""
  }

  /// The nodes in their order, with the scopes around them opened and closed.
  private func nest(
    node: (Node, String) -> String, open: (Int, String) -> String, close: (String) -> String
  ) -> [String] {
    var lines: [String] = []
    var around: [Int] = []
    func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth + 1) }
    func leave(to depth: Int) {
      while around.count > depth {
        around.removeLast()
        lines.append(close(indent(around.count)))
      }
    }
    for item in graph.nodes {
      leave(to: zip(around, item.scopes).prefix { $0 == $1 }.count)
      for scope in item.scopes[around.count...] {
        lines.append(open(scope, indent(around.count)))
        around.append(scope)
      }
      lines.append(node(item, indent(around.count)))
    }
    leave(to: 0)
    return lines
  }

  // MARK: JSON

  private var json: String {
    get throws {
      let bytes = try GraphJSON(graph: graph, rollout: rollout).jsonBytes(isPretty: true)
      return String(decoding: bytes, as: UTF8.self) + "\n"
    }
  }
}

extension Node {
  /// The answer of a condition for which it runs, on the edge between them.
  fileprivate func answer(of condition: Int) -> String? {
    guards.last { $0.node == condition }.map { $0.expects ? "yes" : "no" }
  }
}

extension Node.Mark {
  /// The name of its class in Mermaid.
  fileprivate var name: String { self == .cutover ? "switch" : "noReturn" }
}
