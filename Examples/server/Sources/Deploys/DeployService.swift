import DeployDSL
import DeployRunner
import Hummingbird

/// Deploys by HTTP: `POST /deploys` starts a deploy and answers with how it ended.
public struct DeployService: Sendable {
  /// What a deploy is answered with.
  public struct Answer: ResponseCodable {
    /// How it ended, for example `succeeded`.
    public var outcome: String
    /// The service that is live now; `nil` if that is not known.
    public var live: String?
  }

  private let plan: Deploy
  private let runner: Deployer
  private let clientHasGone: @Sendable () -> Void

  /// Makes a service that runs a plan.
  ///
  /// - Parameter clientHasGone: told when a client goes before it has its answer. Default: nothing.
  public init(
    _ plan: Deploy, on runner: Deployer, clientHasGone: @escaping @Sendable () -> Void = {}
  ) {
    self.plan = plan
    self.runner = runner
    self.clientHasGone = clientHasGone
  }

  /// The service's routes.
  public func router() -> Router<BasicRequestContext> {
    let router = Router()
    router.post("deploys") { request, _ in
      let run = try runner.start(plan)
      // The request's task is cancelled when its client goes. The deploy is not: only `run.cancel()`
      // ends it, so that a closed browser takes no release back.
      let report = try await request.body.consumeWithCancellationOnInboundClose { _ in
        await withTaskCancellationHandler {
          await run.report()
        } onCancel: {
          clientHasGone()
        }
      }
      return Answer(
        outcome: report.outcome.rawValue, live: report.serving.map(plan.application.service))
    }
    return router
  }
}
