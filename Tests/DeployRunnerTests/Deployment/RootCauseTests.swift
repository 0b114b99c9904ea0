import DeployDSL
import DeployRunner
import Testing

@Suite("The cause of a failure is in what it says")
struct RootCauseTests {
  private static let plan = Deploy("shop") {
    DetectActive()
    Up(.target)
    Health(retries: 2, every: 1)
    SwapNginx()
    Reload()
  }

  private func failure(
    _ plan: Deploy = plan, _ change: (inout SimulatedState) -> Void
  ) async throws -> DeployError {
    let host = SimulatedHost(for: plan, change)
    return try #require(try await Deployer(executor: .mock(host)).run(plan).failure)
  }

  @Test func `a gate shows the body of a bad answer, and says that there is no log`() async throws {
    let failure = try await failure { $0.behavior(of: "shop-green", .unhealthy(status: 500)) }
    #expect(
      failure.details.starts(with: [
        "HTTP 500 came with:", #"{"database":"failing","version":"1.0"}"#,
      ]), "\(failure.details)")
    #expect(
      failure.fix
        == "shop-green printed nothing: look at what it runs and where it logs to "
        + "(`docker inspect shop-shop-green-1`); if it only needs more time, raise the limit: "
        + "`Health(retries: 4, every: 1)`")
  }

  @Test func `a container that ended without a word is said to have said nothing`() async throws {
    let failure = try await failure {
      $0.behavior(of: "shop-green", .crashingAtBoot(log: []))
    }
    #expect(failure.fix?.hasPrefix("shop-green printed nothing: ") == true, "\(failure)")
    let other = try await self.failure { $0.behavior(of: "shop-green", .crashingAtBoot()) }
    #expect(other.fix == "see its last log lines")
  }

  @Test func `an image that is here but in no registry is said to be here`() async throws {
    let plan = Deploy("shop") {
      DetectActive()
      Pull(.target)
      Up(.target)
    }
    let words = "pull access denied for shop, repository does not exist"
    let lost = try await failure(plan) {
      $0.removeImage("shop:1.0", error: words)
      $0.addLocalImage("shop:1.0")
    }
    #expect(
      lost.description
        == "cannot pull the image of shop-green: no registry has shop:1.0, but this machine has "
        + "it; "
        + "leave Pull(.target) out to deploy what is here, or make it anew with Build(.target)")
    let gone = try await failure(plan) { $0.removeImage("shop:1.0", error: words) }
    #expect(gone.message.hasSuffix("its image is not available locally and cannot be pulled"))
    let silent = try await failure(plan) {
      $0.registryFailure = "Get \"https://r/v2/\": dial tcp: lookup r: no such host"
    }
    #expect(silent.message.contains("the registry did not give shop:1.0, but this machine has it"))
  }
}
