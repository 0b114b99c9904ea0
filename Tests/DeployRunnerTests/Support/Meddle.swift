import DeployDSL
import DeployRunner

/// Does something to the host, as somebody else would, and fails if it is to.
struct Meddle: PrimitiveStep {
  let host: SimulatedHost
  var fails = true
  let change: @Sendable (inout SimulatedState) -> Void

  func run(in context: StepContext) async throws {
    host.change { change(&$0) }
    if fails { throw DeployError(.code, "meddled") }
  }
}

extension Deployer {
  /// A runner on a simulated host whose runs are on record in a folder, as `bgrun`'s are.
  static func onRecord(
    _ host: SimulatedHost, _ folder: TemporaryFolder,
    _ change: (inout RunOptions) -> Void = { _ in }
  ) -> Deployer {
    var options = RunOptions(stateFolder: "\(folder.path)/.bgrun")
    change(&options)
    return Deployer(executor: .mock(host), options: options)
  }
}
