import DeployDSL
import DeployRunner

extension PlannedRun.Call {
  /// What a command line says of a plan.
  init(_ options: Options, _ file: LoadedFile) {
    let values = options.values
    let known = file.plans.map { Secrets.publicValues(of: $0.parameters, in: $0.graph) }
    let isPublic = { (name: String) in known.allSatisfy { $0.keys.contains(name) } }
    self.init(
      plan: Paths.resolved(file.file.path) ?? file.file.path, host: options.on,
      project: options.project.map(Paths.absolute),
      state: options.stateFolder.map { options.on == nil ? Paths.absolute($0) : $0 },
      only: options.only,
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
    copy.hosts = host.map { [$0] } ?? []
    copy.settings = settings + options.settings
    (copy.project, copy.stateFolder, copy.active) = (project, state, active)
    copy.planName = Command([plan] + copy.placeWords(on: copy.hosts)).description.showable
    if copy.only.isEmpty { copy.only = only }
    return copy
  }
}

extension Options {
  /// The same for a dry run.
  var dry: Options {
    var copy = self
    copy.isDryRun = true
    copy.detached = nil
    return copy
  }
}

/// A file that `bgrun plan` has written.
struct PlannedFile: Codable, Sendable {
  /// Its path, as the user typed it.
  let path: String
  let run: PlannedRun

  /// Reads a file.
  init(_ path: String) throws(ToolError) {
    guard let bytes = Files.read(path) else {
      throw ToolError(
        "cannot read \(path): \(String(cString: strerror(errno)))",
        fix: "write one: `bgrun plan PLAN -o \(Command([path]))`")
    }
    guard let run = try? PlannedRun(json: bytes) else {
      throw ToolError(
        "\(path) is not a file that `bgrun plan` of this version has written",
        fix: "write a new one: `bgrun plan PLAN -o \(Command([path.planFile]))`")
    }
    (self.path, self.run) = (path, run)
  }

  /// Makes sure that `bgrun plan -o` replaces no other file.
  static func mayBeWritten(_ path: String) throws(ToolError) {
    guard path != "-", !path.hasSuffix(".plan"), let bytes = Files.read(path), !bytes.isEmpty,
      (try? PlannedFile(path)) == nil
    else { return }
    throw ToolError(
      "\(path) exists, and `bgrun plan` has not written it: it is not replaced",
      fix: "name another file: `bgrun plan PLAN -o \(Command([path.planFile]))`")
  }
}

extension String {
  /// The path of a file for `bgrun plan -o`, which never replaces a user's file.
  fileprivate var planFile: String {
    let name = split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return self + ".plan" }
    return dropLast(name[dot...].count) + ".plan"
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
          + "\(worst.manual) need manual intervention\n"
      }
    }.joined()
  }
}
