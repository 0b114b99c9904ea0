import BgrunTestSupport
import DeployDSL
import Testing

@testable import bgrun

@Suite struct GraphOutlineTests {
  /// Steps of a library, with what they undo.
  private struct Maintenance: Step {
    var body: Steps {
      Steps(
        [
          Run("touch", "down").undo { Run("rm", "-f", "down") },
          Notify(.command("say", "down for a moment")),
        ], file: "p.swift", line: 1, column: 1)
    }
  }

  private struct Warm: UndoableStep {
    let summary = "Warm the cache"
    func run(in context: StepContext) async throws {}
    func undo(in context: StepContext) async throws {}
  }

  private static func plan(_ name: String) -> Deploy {
    switch name {
    case "usual":
      Deploy("shop", health: "/up", file: "p.swift", line: 3, column: 1) {
        DetectActive()
        Up(.target, build: true)
        Health()
        SwapNginx()
        Reload()
        Stop(.previous)
        Prune()
      }
    case "parallel":
      Deploy(
        "shop", workers: ["mails"], port: 80, file: "p.swift", line: 3, column: 1
      ) {
        DetectActive()
        Parallel {
          Pull(.target)
          Run("make", "assets").retry(2, backoff: .constant(5)).timeout(30)
            .undo { Run("make", "clean") }
          Group("smoke tests") {
            Run("make", "smoke")
            Run("docker", "compose", "exec", "web", "bin/rails", "runner", "Shop.check(:all)")
              .timeout(perAttempt: 20)
          }
          .timeout(.minutes(3))
        }
        Retry(1, backoff: .exponential(from: 5)) {
          Up(.target)
          Health(.target, .tcp, retries: 20, every: 0.5, successes: 3)
        }
        .timeout(90)
        Parallel(limit: 2) {
          Print("one")
          Print("two")
          Group("three") {
            Parallel {
              Print("left")
              Print("right")
            }
            Print("both")
          }
          Print("four")
        }
        .named("two at a time")
        Maintenance()
        Warm()
        Exec(.target, "rake", "db:migrate").onFailure(.stop)
        Approve("Is the new version good enough for every customer of the shop?")
          .timeout(.minutes(15))
        SwapNginx()
        Reload(within: 20)
        Watch(for: 30, "/checkout", status: 200...200)
        Drain(upTo: .minutes(2), atDeadline: .cut)
        Stop(.previous, grace: 20)
        Request(.post, "https://cdn.example.org/purge").retry(3)
      } onFailure: {
        Notify(.webhook("https://chat.example.org"))
      }
    default:
      Deploy("shop", swarm: Swarm("eu"), file: "p.swift", line: 3, column: 1) {
        DetectActive()
        When(.active(is: .blue)) {
          Print("blue is live")
          Parallel {
            Wait(1)
            Wait(2).onFailure(.continue)
          }
          When(.environment("CI")) { Print("by a machine") }
        } otherwise: {
          Print("green is live")
        }
        Up(.target).undo {}
        Health()
        SwapNginx()
        Reload()
        When(.environment("KEEP")) {
          Print("both keep running")
        } otherwise: {
          Stop(.previous)
        }
      }
    }
  }

  static let names = ["usual", "parallel", "conditions"]

  @Test(arguments: names, [80, 40])
  func `the graph shows limits, undos, groups, the switch and the point of no return`(
    name: String, width: Int
  ) throws {
    let text = GraphOutline(try Self.plan(name).graph(), width: width).text
    try expectGolden("Graph.txt", text, "\(name), \(width) columns")
  }

  @Test(arguments: names)
  func `no line is longer than the screen, and no word is cut or lost`(name: String) throws {
    let graph = try Self.plan(name).graph()
    func words(_ width: Int) -> [String] {
      let marks = "═─├└│ \n"
      return GraphOutline(graph, width: width).text.split { marks.contains($0) }
        .map(String.init).sorted()
    }
    let all = words(1000)
    for width in 20...120 {
      #expect(words(width) == all, "\(width) columns")
      let lines = GraphOutline(graph, width: width).text.split(separator: "\n")
      // One word is longer than a narrow screen: an address.
      let long = lines.filter { $0.count > width && !(width < 50 && $0.contains("https://")) }
      #expect(width < 34 || long.isEmpty, "\(width) columns: \(long)")
    }
  }

  @Test func `what the tree shows in order is in order, and what it shows in parallel is not`()
    throws
  {
    for name in Self.names {
      let graph = try Self.plan(name).graph()
      var pairs: Set<[Int]> = []
      let shown = Self.order(GraphTree(graph).parts, &pairs)
      let steps = graph.nodes.filter { !$0.step.isMeetingPoint }.map(\.id)
      #expect(shown.sorted() == steps, "\(name): each step once")
      var before: [Set<Int>] = []
      for node in graph.nodes {
        before.append(node.dependencies.reduce(into: []) { $0.formUnion(before[$1].union([$1])) })
      }
      let expected = Set(
        steps.flatMap { step in before[step].filter(steps.contains).map { [$0, step] } })
      #expect(pairs == expected, "\(name)")
    }
  }

  /// The steps of parts; adds all pairs of which the first must end before the second begins.
  private static func order(_ parts: [GraphTree.Part], _ pairs: inout Set<[Int]>) -> [Int] {
    var earlier: [Int] = []
    for part in parts {
      let its: [Int]
      switch part {
      case .step(let node): its = [node.id]
      case .group(_, let parts): its = order(parts, &pairs)
      case .parallel(let branches): its = branches.flatMap { order($0, &pairs) }
      case .choice(let node, let yes, let no):
        let inner = order(yes, &pairs) + order(no, &pairs)
        for step in inner { pairs.insert([node.id, step]) }
        its = [node.id] + inner
      }
      for step in its { for other in earlier { pairs.insert([other, step]) } }
      earlier += its
    }
    return earlier
  }
}
