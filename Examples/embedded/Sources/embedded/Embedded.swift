import DeployDSL
import DeployRunner
import DeploySimulator
import Foundation
import Release

/// Deploys a release from within a program: builds a plan at run time, follows its events, ends it
/// on Ctrl-C or when its time is up.
@main
struct Embedded {
  static func main() async {
    do {
      let options = try Options(CommandLine.arguments.dropFirst())
      exit(try await deploy(options))
    } catch {
      FileHandle.standardError.write(Data("embedded: \(error)\n".utf8))
      exit(2)
    }
  }

  /// Runs the release and returns the status to exit with, which is the one of bgrun.
  private static func deploy(_ options: Options) async throws -> Int32 {
    let plan = try options.release().plan()
    let executor: any Executor =
      if let project = options.project {
        .docker(project: project)
      } else {
        Paced(base: .mock(for: plan.application), pause: .milliseconds(40))
      }
    let runner = Deployer(
      executor: executor,
      options: RunOptions(isDryRun: options.isDryRun, reason: "Examples/embedded"))

    let run = try runner.start(plan)
    let watch = Interruption.watch(run, limit: options.limit)
    defer { watch.cancel() }
    for await event in run.events {
      if let line = event.line { show(line) }
    }
    let report = await run.report()
    let serving = report.isDryRun ? "nothing was changed" : report.serving.map { "\($0) serves" }
    show("\(report.outcome.rawValue); \(serving ?? "it is not known what serves")")
    return report.exitCode
  }

  /// Writes a line at once, also into a pipe.
  private static func show(_ line: String) {
    FileHandle.standardOutput.write(Data("\(line)\n".utf8))
  }
}
