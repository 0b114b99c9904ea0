import DeployDSL
import DeployRunner

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A step graph in the formats of `bgrun graph`.
struct GraphText {
  let graph: StepGraph

  /// The graph as text in a format, with a newline at its end.
  func text(as format: Options.Format) throws -> String {
    switch format {
    case .human, .text, .sarif, .html, .markdown, .junit: steps
    case .mermaid: mermaid
    case .dot: dot
    case .json: try json
    }
  }

  // MARK: Text

  /// A line for each step; its dependencies are shown only if they are not the step above.
  private var steps: String {
    let width = graph.nodes.map { label($0).width }.max() ?? 0
    let lines = graph.nodes.map { node in
      var line = "\(node.id + 1)".leftPadded(toWidth: "\(graph.nodes.count)".count + 2)
      line += "  " + label(node).padded(toWidth: width)
      line += "  \(node.location.file):\(node.location.line)"
      let isPlain = node.dependencies == (node.id == 0 ? [] : [node.id - 1])
      if !isPlain {
        let after = node.dependencies.map { "\($0 + 1)" }.joined(separator: ", ")
        line += after.isEmpty ? "  at once" : "  after \(after)"
      }
      return line
    }
    let application = graph.application
    let head =
      "\(application.name): \(application.blue) and \(application.green)"
      + " behind \(application.proxy)"
    return ([head] + lines).joined(separator: "\n") + "\n"
  }

  private func label(_ node: Node) -> String {
    (node.scopes.map { graph.scopes[$0].name } + [node.name]).joined(separator: " / ")
  }

  // MARK: Mermaid

  private var mermaid: String {
    let edges = graph.nodes.flatMap { node in
      node.dependencies.map { "  n\($0) --> n\(node.id)" }
    }
    let nested = nest { node, indent in
      let name = mermaidQuoted(node.name)
      if node.step.isMeetingPoint { return "\(indent)n\(node.id)(( ))" }
      let isChoice = node.condition != nil
      return "\(indent)n\(node.id)" + (isChoice ? "{\(name)}" : "[\(name)]")
    } open: { scope, indent in
      "\(indent)subgraph s\(scope)[\(mermaidQuoted(graph.scopes[scope].name))]"
    } close: {
      "\($0)end"
    }
    return (["flowchart TD"] + nested + edges).joined(separator: "\n") + "\n"
  }

  private func mermaidQuoted(_ name: String) -> String {
    let text = name.replacing("&", with: "#amp;").replacing("\"", with: "#quot;")
      .replacing("<", with: "#lt;").replacing("\n", with: " ")
    return "\"\(text)\""
  }

  // MARK: DOT

  private var dot: String {
    let edges = graph.nodes.flatMap { node in node.dependencies.map { "  n\($0) -> n\(node.id);" } }
    let nested = nest { node, indent in
      let label = "label=\(dotQuoted(node.name))"
      let shape =
        node.step.isMeetingPoint
        ? "shape=point" : node.condition == nil ? label : "shape=diamond, \(label)"
      return "\(indent)n\(node.id) [\(shape)];"
    } open: { scope, indent in
      "\(indent)subgraph cluster_\(scope) {\n"
        + "\(indent)  label=\(dotQuoted(graph.scopes[scope].name));"
    } close: {
      "\($0)}"
    }
    let head = ["digraph \(dotQuoted(graph.application.name)) {", "  node [shape=box];"]
    return (head + nested + edges + ["}"]).joined(separator: "\n") + "\n"
  }

  private func dotQuoted(_ name: String) -> String {
    "\"" + name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
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
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(GraphJSON(graph: graph)), as: UTF8.self) + "\n"
    }
  }
}

extension String {
  fileprivate func leftPadded(toWidth columns: Int) -> String {
    String(repeating: " ", count: max(0, columns - count)) + self
  }
}
