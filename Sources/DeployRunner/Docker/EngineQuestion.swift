import DeployDSL

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A docker command that only looks, as the requests to the engine that the docker CLI would make.
///
/// Exactly the commands of ``DockerCLI`` are understood; whatever else is left to the docker CLI.
package enum EngineQuestion: Hashable, Sendable {
  /// Containers with these labels, running or not; one line each.
  case list(labels: [String], showsProject: Bool)
  /// Everything about containers, as a JSON array.
  case inspect([String])
  /// A container's processes, with these columns of `ps`.
  case top(String, columns: String)
  /// Where the engine is.
  case endpoint

  /// The question that a command asks; `nil` if it is none of these.
  package init?(_ command: Command) {
    guard command.environment.isEmpty, command.input == nil, command.argv.first == "docker",
      let question = Self.question(command.argv.dropFirst())
    else { return nil }
    self = question
  }

  private static func question(_ words: ArraySlice<String>) -> EngineQuestion? {
    let words = Array(words)
    if words.elementsEqual(DockerCLI.endpoint.argv.dropFirst()) { return .endpoint }
    // A name that Docker allows needs no escape in a URL.
    if words.starts(with: ["inspect", "--type", "container"]) {
      let names = Array(words.dropFirst(3))
      return !names.isEmpty && names.allSatisfy(\.isServiceName) ? .inspect(names) : nil
    }
    if words.count == 4, words[0] == "top", words[2] == "-o", words[1].isServiceName {
      return .top(words[1], columns: words[3])
    }
    guard words.starts(with: ["ps", "--all", "--no-trunc"]), words.count >= 5,
      words[words.count - 2] == "--format"
    else { return nil }
    let filters = words[3..<(words.count - 2)]
    let labels = filters.filter { $0 != "--filter" }
    guard filters.count == 2 * labels.count, labels.allSatisfy({ $0.hasPrefix("label=") }) else {
      return nil
    }
    let plain = labels.map { String($0.dropFirst("label=".count)) }
    switch words[words.count - 1] {
    case DockerCLI.idFormat: return .list(labels: plain, showsProject: false)
    case DockerCLI.idAndProjectFormat: return .list(labels: plain, showsProject: true)
    default: return nil
    }
  }

  /// What the engine is asked, in order.
  ///
  /// The paths have no version: the engine then speaks its own, as it does with the docker CLI.
  package var paths: [String] {
    switch self {
    case .endpoint: return []
    case .list(let labels, _):
      // Texts can always be encoded.
      let filter = (try? JSONEncoder().encode(["label": labels])) ?? Data()
      let filters = String(decoding: filter, as: UTF8.self).percentEncoded()
      return ["/containers/json?all=1&filters=\(filters)"]
    case .inspect(let names): return names.map { "/containers/\($0)/json" }
    case .top(let name, let columns):
      let arguments = "-o \(columns)".percentEncoded()
      return ["/containers/\(name)/top?ps_args=\(arguments)"]
    }
  }

  /// What the docker CLI would print for the engine's answers.
  ///
  /// - Throws: a decoding error if they are not what an engine answers.
  package func output(_ answers: [String]) throws -> String {
    switch self {
    case .endpoint: return answers.joined()
    case .inspect: return "[" + answers.joined(separator: ",") + "]\n"
    case .list(_, let showsProject):
      let containers = try answers.flatMap {
        try JSONDecoder().decode([Listed].self, from: Data($0.utf8))
      }
      return containers.map { container in
        let project = container.Labels?[DockerCLI.projectLabel] ?? ""
        return container.Id + (showsProject ? "\t\(project)" : "") + "\n"
      }.joined()
    case .top:
      let tables = try answers.map { try JSONDecoder().decode(Table.self, from: Data($0.utf8)) }
      return tables.flatMap { [$0.Titles] + $0.Processes }
        .map { $0.joined(separator: " ") + "\n" }.joined()
    }
  }

  private struct Listed: Decodable {
    var Id: String
    var Labels: [String: String]?
  }

  private struct Table: Decodable {
    var Titles: [String]
    var Processes: [[String]]
  }
}
