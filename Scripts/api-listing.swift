// Prints a line for each public symbol of symbol graphs: its name, its declaration, and the first
// sentence of its documentation. Fails if there is none, or if it is longer than 150 characters.
//
//     swift Scripts/api-listing.swift GRAPH.symbols.json …
import Foundation

struct Graph: Decodable {
  struct Module: Decodable { var name: String }
  struct Kind: Decodable { var identifier: String }
  struct Fragment: Decodable { var spelling: String }
  struct Comment: Decodable {
    struct Line: Decodable { var text: String }
    var lines: [Line]

    var firstSentence: String {
      let paragraph = lines.map { $0.text.trimmingCharacters(in: .whitespaces) }
        .prefix { !$0.isEmpty }.joined(separator: " ")
      guard let end = paragraph.firstRange(of: ". ") else { return paragraph }
      return String(paragraph[..<end.lowerBound]) + "."
    }
  }
  struct Symbol: Decodable {
    var kind: Kind
    var pathComponents: [String]
    var declarationFragments: [Fragment]?
    var docComment: Comment?
  }
  var module: Module
  var symbols: [Symbol]
}

var lines: Set<String> = []
var problems: Set<String> = []
for path in CommandLine.arguments.dropFirst() {
  let data = try Data(contentsOf: URL(fileURLWithPath: path))
  let graph = try JSONDecoder().decode(Graph.self, from: data)
  // The block of an extension is no symbol that anybody writes; its members are.
  for symbol in graph.symbols where symbol.kind.identifier != "swift.extension" {
    let name = ([graph.module.name] + symbol.pathComponents).joined(separator: ".")
    let declaration = (symbol.declarationFragments ?? []).map(\.spelling).joined()
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let sentence = symbol.docComment?.firstSentence ?? ""
    if sentence.isEmpty { problems.insert("\(name) has no documentation: \(declaration)") }
    if sentence.count > 150 {
      problems.insert("\(name): its first sentence is too long: \(sentence)")
    }
    lines.insert("\(name)  |  \(declaration)  |  \(sentence)")
  }
}
for line in lines.sorted() { print(line) }
for problem in problems.sorted() {
  FileHandle.standardError.write(Data("api-listing: \(problem)\n".utf8))
}
exit(problems.isEmpty ? 0 : 1)
