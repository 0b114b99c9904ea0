import DeployDSL
import DeployRunner

/// The Compose projects of the colours, where each colour is a project of its own: the same folder,
/// started with two `--project-name`s.
struct ColorProjects: Codable, Equatable, Sendable {
  /// One of them.
  struct Project: Codable, Equatable, Sendable {
    var name: String
    /// Its Compose files, relative to the project folder.
    var files: [String]
    /// The variables by which its published ports differ.
    var ports: [String: Int] = [:]
  }

  var blue: Project
  var green: Project
  /// The variables whose value is a guess, because the colour was never started.
  private(set) var guessed: [String] = []

  subscript(color: Color) -> Project { color == .blue ? blue : green }

  /// The Compose files of both; empty if they differ.
  var files: [String] { blue.files == green.files ? blue.files : [] }

  /// Recognises them by the containers that were started from a folder.
  init?(of survey: ProjectSurvey, in folder: String) {
    let root = Paths.resolved(folder) ?? folder
    let started = survey.others.filter { container in
      container.project?.namesColor == true
        && container.projectFolder.map { Paths.resolved($0) ?? $0 } == root
        && survey.project.services[container.service] != nil
    }
    guard let first = started.compactMap(\.project).min() else { return nil }
    let isBlue = first.lowercased().contains("blue")
    let twin = isBlue ? first.swapped("blue", "green") : first.swapped("green", "blue")
    func project(_ name: String, _ color: Color) -> Project {
      let files = { (project: String) in
        started.first { $0.project == project }?.composeFiles.map { file in
          Paths.relative(Paths.resolved(file) ?? file, to: root)
        }
      }
      let own = files(name)
      let others = (files(name == first ? twin : first) ?? []).map { file in
        let swapped = file.swapped(color.other.rawValue, color.rawValue)
        return Files.exists("\(root)/\(swapped)") ? swapped : file
      }
      return Project(name: name, files: own ?? others)
    }
    blue = project(isBlue ? first : twin, .blue)
    green = project(isBlue ? twin : first, .green)
    readPorts(of: started, in: survey)
  }

  /// Reads what the variables of published ports were when the containers were started.
  private mutating func readPorts(of started: [Container], in survey: ProjectSurvey) {
    var used = Set((survey.containers + survey.others).flatMap(\.publishedAddresses).map(\.port))
    for (name, service) in survey.written.services.sorted(by: { $0.key < $1.key }) {
      for port in service.ports ?? [] {
        guard let variable = port.published?.variable else { continue }
        let known = { (project: String) in
          started.first { $0.project == project && $0.service == name }?
            .publishedAddress(of: port.target)?.port
        }
        let found = (known(blue.name), known(green.name))
        guard let one = found.0 ?? found.1 else { continue }
        if found.0 == nil || found.1 == nil { guessed.append(variable) }
        let free = SecondColor.freePort(after: one, besides: used) ?? one
        used.insert(free)
        blue.ports[variable] = found.0 ?? free
        green.ports[variable] = found.1 ?? free
      }
    }
  }

  /// The service of a colour, as a plan refers to it.
  func reference(to service: String, _ color: Color) -> ProjectService {
    let project = self[color]
    return .project(
      project.name, service: service, compose: files.isEmpty ? project.files : nil,
      environment: project.ports)
  }
}

extension String {
  /// The text with the first occurrence of a word replaced.
  fileprivate func swapped(_ word: String, _ other: String) -> String {
    replacing(word, with: other, maxReplacements: 1)
  }

  /// The variable that it consists of: `${PORT:-8080}`.
  fileprivate var variable: String? {
    guard hasPrefix("$") else { return nil }
    let name = dropFirst().drop { $0 == "{" }.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    return name.isEmpty ? nil : String(name)
  }
}
