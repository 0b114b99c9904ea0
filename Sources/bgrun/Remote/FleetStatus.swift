import DeployDSL
import DeployRunner

/// The status of several hosts as a table, in which versions that differ are marked.
struct FleetStatus {
  /// What the status of one host says in JSON.
  private struct Status: Decodable {
    struct Service: Decodable {
      var color: Color
      var service: String
      var project: String?
      var state: String
      var version: Version?
    }

    struct Run: Decodable {
      var started: String
      var outcome: String
    }

    struct Obstacle: Decodable {
      var message: String
    }

    var application: String
    var serving: Color?
    var problem: String?
    var answer: Int?
    var services: [Service]
    var lastRun: Run?
    var lock: String?
    var obstacle: Obstacle?

    var live: Service? { services.first { $0.color == serving } }
  }

  let text: String

  /// - Parameter hosts: the hosts, and what `status --format json` has printed there.
  init(_ hosts: [(host: String, lines: [OutputLine])]) {
    let all = hosts.map { host, lines in
      (
        host,
        lines.filter { $0.stream == .output }.compactMap { Status(jsonLine: $0.text.utf8) }
      )
    }
    let applications = Set(all.flatMap { $0.1.map(\.application) })
    let versions = applications.sorted().map { application in
      Self.versions(
        all.flatMap { host, found in
          found.filter { $0.application == application }.map { (host, $0) }
        })
    }
    let usual = Dictionary(
      zip(applications.sorted(), versions.map(\.first?.version)), uniquingKeysWith: { $1 })
    let rows = all.flatMap { host, found in
      guard !found.isEmpty else { return [[host, "", "unknown", "", "", "", ""]] }
      return found.map { status in
        Self.row(host, status, usual: usual[status.application] ?? nil)
      }
    }
    var text = Table(
      ["host", "application", "live", "version", "answers", "last run", "lock"], rows
    ).text
    for (application, versions) in zip(applications.sorted(), versions) where versions.count > 1 {
      let list = versions.map { "\($0.version) on \($0.hosts.joined(separator: ", "))" }
      text += "! versions of \(application) differ: \(list.joined(separator: "; "))\n"
    }
    for (host, found) in all {
      for status in found {
        if let problem = status.problem ?? status.obstacle?.message {
          text += "! \(host): \(problem)\n"
        }
      }
    }
    self.text = text
  }

  /// The live versions with their hosts, the most frequent one first.
  private static func versions(
    _ found: [(host: String, status: Status)]
  ) -> [(version: String, hosts: [String])] {
    var hosts: [(version: String, hosts: [String])] = []
    for (host, status) in found {
      guard let version = status.live?.version?.text else { continue }
      if let index = hosts.firstIndex(where: { $0.version == version }) {
        hosts[index].hosts.append(host)
      } else {
        hosts.append((version, [host]))
      }
    }
    // Stable, so that of equally frequent ones the first host's comes first.
    return hosts.enumerated().sorted {
      ($1.element.hosts.count, $0.offset) < ($0.element.hosts.count, $1.offset)
    }.map(\.element)
  }

  private static func row(_ host: String, _ status: Status, usual: String?) -> [String] {
    let live = status.live
    let version = live?.version?.text
    let run = status.lastRun
    return [
      host, status.application,
      live.map { service in
        "\(ServiceID(service.service, in: service.project))"
          + (service.state == "running" ? "" : " (\(service.state))")
      } ?? "unknown",
      version.map { $0 == usual ? $0 : "! \($0)" } ?? "", status.answer.map { "\($0)" } ?? "",
      run.map { run in
        let when = Timestamp(iso: run.started)?.withAge() ?? run.started
        return "\(run.outcome.replacing("-", with: " ")), \(when)"
      } ?? "none",
      status.lock ?? "none",
    ]
  }
}
