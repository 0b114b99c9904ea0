import Foundation
import Testing

/// A page of the documentation: its pieces of code, and what they are for.
struct Guide: CustomTestStringConvertible {
  struct Block {
    var language: String
    var text: String

    /// The file that the first line of Swift code names: `// Plans/grafana.swift`.
    var path: String? {
      let line = text.split(separator: "\n").first ?? ""
      guard line.hasPrefix("// "), line.hasSuffix(".swift") else { return nil }
      return String(line.dropFirst(3))
    }
  }

  var name: String
  var blocks: [Block] = []
  var testDescription: String { name }

  init(_ file: URL) throws {
    name = file.deletingPathExtension().lastPathComponent
    var block: Block?
    let text = try String(contentsOf: file, encoding: .utf8)
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        if let ended = block { blocks.append(ended) }
        block = block == nil ? Block(language: String(line.dropFirst(3)), text: "") : nil
      } else {
        block?.text += line + "\n"
      }
    }
  }

  /// README, whose pieces of Swift are a program, or the plan of its commands, without a name.
  private static var readme: Guide {
    get throws {
      var guide = try Guide(Workbench.repository.appending(path: "README.md"))
      for (number, block) in guide.blocks.enumerated() where block.language == "swift" {
        let isProgram = block.text.contains("import DeployRunner")
        let path = isProgram ? "Sources/program\(number)/main.swift" : "Plans/grafana.swift"
        guide.blocks[number].text = "// \(path)\n\(block.text)"
      }
      return guide
    }
  }

  /// README and all pages but the one of wrong plans, whose code is wrong on purpose.
  static var all: [Guide] {
    get throws {
      try [readme]
        + ["DeployDSL", "DeployRunner", "DeploySimulator", "DeployTesting"].flatMap { module in
          let folder = Workbench.repository.appending(path: "Sources/\(module)/\(module).docc")
          return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            .filter { $0.hasSuffix(".md") && $0 != "WrongPlans.md" }
            .map { try Guide(folder.appending(path: $0)) }
        }
    }
  }

  /// The Swift files in the order of the page. A manifest's first line must be the tools' version.
  var files: [(path: String, text: String)] {
    blocks.compactMap { block in
      guard block.language == "swift", let path = block.path else { return nil }
      let isManifest = path.hasSuffix("Package.swift")
      return (path, isManifest ? String(block.text.drop { $0 != "\n" }.dropFirst()) : block.text)
    }
  }

  /// The words of each `bgrun` command, without what stands behind a `#`.
  var commands: [[String]] {
    blocks.filter { $0.language == "sh" }.flatMap { $0.text.split(separator: "\n") }
      .filter { $0.hasPrefix("bgrun ") }
      .map { line in
        line.split(separator: " ").prefix { $0 != "#" }.dropFirst().map(String.init)
      }
  }
}
