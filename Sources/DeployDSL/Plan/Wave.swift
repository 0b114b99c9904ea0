/// How many hosts of a `Deploy` a wave takes: `1`, `.percent(25)`, `.all`.
///
/// ```swift
/// Deploy("shop", hosts: ["web1", "web2", "web3", "web4"], waves: [1, .percent(50), .all]) { … }
/// ```
/// The first wave is web1, the second one web2 and web3, the last one web4. If the waves do not
/// reach all hosts, the last one repeats: `[1]` takes one host after the other.
public struct Wave: Hashable, Sendable, ExpressibleByIntegerLiteral {
  private enum Size: Hashable, Sendable {
    case hosts(Int)
    case percent(Int)
    case all
  }

  private let size: Size

  private init(_ size: Size) { self.size = size }

  /// This many hosts.
  public init(integerLiteral count: Int) { self.init(.hosts(count)) }

  /// A number of hosts, at least 1.
  public static func hosts(_ count: Int) -> Wave { Wave(.hosts(count)) }

  /// A percentage of all hosts, from 1 to 100, rounded up.
  public static func percent(_ percentage: Int) -> Wave { Wave(.percent(percentage)) }

  /// All hosts that are left.
  public static let all = Wave(.all)

  /// The number of hosts, of some that are left.
  fileprivate func count(of hosts: Int, left: Int) -> Int {
    let count =
      switch size {
      case .hosts(let count): count
      case .percent(let percentage): (hosts * min(percentage, 100) + 99) / 100
      case .all: left
      }
    return max(1, min(count, left))
  }

  fileprivate var issue: ValidationIssue? {
    switch size {
    case .hosts(let count) where count < 1:
      ValidationIssue("a wave of \(count) hosts would never end", fix: "give 1 or more")
    case .percent(let percentage) where !(1...100).contains(percentage):
      ValidationIssue(
        "a wave of \(percentage) percent of the hosts is impossible", fix: "give 1 to 100")
    default: nil
    }
  }
}

extension [Wave] {
  /// The number of hosts of each wave until all are reached; the last wave repeats.
  package func sizes(for hosts: Int) -> [Int] {
    var sizes: [Int] = []
    var left = hosts
    while left > 0 {
      let wave = sizes.count < count ? self[sizes.count] : last ?? .all
      sizes.append(wave.count(of: hosts, left: left))
      left -= sizes[sizes.count - 1]
    }
    return sizes
  }
}

/// The hosts of a plan, and in which order they are reached.
package struct Rollout: Hashable, Sendable {
  /// The hosts, as ssh takes them, with the project's folder: `deploy@web1:/srv/shop`. None means
  /// the machine that bgrun runs on.
  package var hosts: [String]
  /// The sizes of the waves.
  package var waves: [Wave]
  /// The time between two waves.
  package var pause: Duration

  /// The hosts of each wave.
  package var hostsByWave: [[String]] {
    var rest = hosts[...]
    return waves.sizes(for: hosts.count).map { size in
      defer { rest = rest.dropFirst(size) }
      return Array(rest.prefix(size))
    }
  }

  package init(hosts: [String] = [], waves: [Wave] = [1, .all], pause: Duration = .zero) {
    (self.hosts, self.waves, self.pause) = (hosts, waves, pause)
  }

  /// What is wrong with it.
  func problems(at location: SourceLocation) -> [PlanDiagnostic] {
    var issues = waves.compactMap(\.issue)
    if waves.isEmpty {
      issues.append(
        ValidationIssue(
          "`waves` is empty", fix: "give the sizes of the waves, for example waves: [1, .all]"))
    }
    if let issue = ValidationIssue.ifNegative(pause, "`pause`") { issues.append(issue) }
    if hosts.contains(where: { $0.allSatisfy(\.isWhitespace) || $0.hasPrefix("-") }) {
      issues.append(
        ValidationIssue(
          "a host in `hosts` has no name", fix: "write [USER@]HOST[:/PROJECT], as ssh takes it"))
    }
    var seen: Set<String> = []
    for host in hosts where !seen.insert(host).inserted {
      issues.append(
        ValidationIssue("`hosts` names \(host.escaped) twice", fix: "name each host once"))
    }
    return issues.map { PlanDiagnostic($0.problem, fix: $0.fix, at: location) }
  }
}
