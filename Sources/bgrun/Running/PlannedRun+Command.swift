import DeployDSL
import DeployRunner

extension PlannedRun.Call {
  /// What a command line says of a plan.
  ///
  /// - Parameter isPublic: whether a parameter's value may be written down.
  init(_ options: Options, _ plan: PlanFile, isPublic: (String) -> Bool) {
    let values = options.values
    self.init(
      plan: Paths.resolved(plan.path) ?? plan.path, project: options.project.map(Paths.absolute),
      state: options.stateFolder.map(Paths.absolute), only: options.only,
      settings: values.filter { isPublic($0.key) },
      secretParameters: values.keys.filter { !isPublic($0) }.sorted(), active: options.active)
  }

  /// The command line that has it carried out; parameters that it states count more.
  func applied(to options: Options) -> Options {
    var copy = options
    let settings = settings.sorted { $0.key < $1.key }.map {
      Options.Setting(name: $0.key, value: $0.value)
    }
    copy.words = [plan]
    copy.settings = settings + options.settings
    (copy.project, copy.stateFolder, copy.active) = (project, state, active)
    if copy.only.isEmpty { copy.only = only }
    return copy
  }
}

extension Options {
  /// The same for a dry run.
  var dry: Options {
    var copy = self
    copy.isDryRun = true
    return copy
  }
}

extension PlannedRun {
  /// Reads a file that ``write(to:_:)`` has written.
  init(at file: String) throws(ToolError) {
    guard let bytes = Files.read(file) else {
      throw ToolError(
        "cannot read \(file): \(String(cString: strerror(errno)))",
        fix: "make it: `bgrun plan PLAN -o \(file)`")
    }
    guard let planned = try? PlannedRun(json: bytes) else {
      throw ToolError(
        "\(file) is not what this version of bgrun writes with `bgrun plan`",
        fix: "make it again: `bgrun plan PLAN -o \(file)`")
    }
    self = planned
  }

  func write(to file: String, _ output: Output) throws(ToolError) {
    let text: String
    do { text = try json() } catch { throw ToolError("the plan cannot be encoded: \(error)") }
    if file == "-" { return output.write(text) }
    guard Files.replace(file, with: text) else {
      throw ToolError(
        "cannot write \(file)", fix: "name another file: -o FILE", code: .environment)
    }
    output.complain("wrote \(file); carry it out: `bgrun apply \(file)`\n")
  }
}

extension PlannedRun {
  /// What the rehearsals have found, a line for each application; empty without any.
  var worstText: String {
    members.compactMap { member in
      member.worst.map { worst in
        let wayBack = worst.wayBack.map { ", longest way back \(Duration.seconds($0).forPeople)" }
        return "\(member.application), \(worst.runs) faults on a copy of this host: longest time "
          + "without a good answer \(Duration.seconds(worst.outage).forPeople)\(wayBack ?? ""), "
          + "\(worst.manual) need manual recovery\n"
      }
    }.joined()
  }
}
