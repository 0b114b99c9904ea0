import DeployRunner

/// Compiles a plan and links it with bgrun into one program.
struct ProgramLinker {
  private let compiler: PlanCompiler
  private let parts: String
  private let isDynamic: Bool
  private var runner: ToolchainRunner { compiler.runner }
  private var toolchain: Toolchain { runner.toolchain }

  /// - Parameter isDynamic: whether the program loads the C libraries of the host it runs on.
  /// - Throws: ``ToolError`` if the toolchain or the installation lacks what is linked in.
  init(_ compiler: PlanCompiler, isDynamic: Bool) throws(ToolError) {
    self.compiler = compiler
    self.isDynamic = isDynamic
    #if !os(Linux)
      throw ToolError(
        "programs run on Linux and are built there", fix: "run `bgrun build` on Linux",
        code: .environment)
    #endif
    parts = try compiler.runner.installation.parts
    guard Files.isFile("\(toolchain.staticLibraries)/libswiftCore.a") else {
      throw ToolError(
        "the Swift toolchain has no static libraries in \(toolchain.staticLibraries)",
        fix: "install one that has them: https://swift.org/install", code: .environment)
    }
  }

  /// Changes with everything that is linked in besides the plan.
  var identity: String {
    let parts = runner.installation.identity
    return
      ([toolchain.identity, parts, compiler.extras.identity, "\(isDynamic)"]
      + compiler.keyFlags).joined(separator: "\n")
  }

  /// Makes a program of a plan that compiles.
  ///
  /// The plan is compiled by its name alone in a folder that links to it, so that equal plans make
  /// equal programs, which do not name the folders of this machine.
  ///
  /// - Parameter folder: an empty folder for the intermediate files.
  /// - Returns: the program's path in that folder.
  func link(_ plan: PlanFile, in folder: String) throws(ToolError) -> String {
    try compiler.extras.prepareForCompiling(plan, isColored: runner.output.problemsAreColored)
    guard Files.replace("\(folder)/embed.c", with: Self.source(embedding: plan)),
      Files.link("\(folder)/\(plan.name)", to: plan.path)
    else {
      throw ToolError("\(folder) cannot be written", code: .environment)
    }
    guard let clang = toolchain.program("clang") else {
      throw ToolError("the Swift toolchain has no clang beside its compiler", code: .environment)
    }
    runner.announce("linking \(plan.typed) into a program")
    let form = isDynamic ? "-static-stdlib" : "-static-executable"
    try run(clang, ["-c", "embed.c", "-o", "embed.o"], in: folder, of: plan)
    let compiling =
      compiler.language + CompilerFlags(compiler.extras.programFlags).imports + [
        form, "-file-compilation-dir", ".",
        "-Xfrontend", "-entry-point-function-name", "-Xfrontend", PlanCompiler.entryPoint,
        "-c", plan.name, "-o", "plan.o",
      ]
    try run(toolchain.compiler, compiling, in: folder, of: plan)
    try PlanFile.checkUnchanged(plan.path, plan.bytes, named: plan.typed)
    let linking =
      [form, "-use-ld=lld", "plan.o", "embed.o", parts]
      + CompilerFlags(compiler.extras.programFlags).links + [
        // What the parts of a static Foundation need: helper files and bgrun itself were compiled for
        // the dynamic one. Only what is used becomes part of the program.
        "-lFoundationInternationalization", "-l_FoundationICU", "-lCoreFoundation",
        "-lFoundationEssentials", "-l_FoundationCShims", "-l_FoundationCollections",
        "-Xlinker", "--defsym", "-Xlinker", "main=bgrun_main",
        "-Xlinker", "--gc-sections", "-Xlinker", "-s", "-o", "program",
      ]
    try run(toolchain.compiler, linking, in: folder, of: plan)
    return "\(folder)/program"
  }

  private func run(
    _ program: String, _ arguments: [String], in folder: String, of plan: PlanFile
  ) throws(ToolError) {
    let ending = try runner.run(
      program, arguments, in: folder, doing: "building the program of \(plan.typed):")
    guard ending.status != 0 else { return }
    let text = ending.text
    if let match = text.firstMatch(of: /unable to find library -l(\S+)/) {
      throw ToolError(
        "\(plan.typed) needs the C library \(match.1), of which this machine has no "
          + (isDynamic ? "lib\(match.1).so" : "static form (lib\(match.1).a)"),
        fix: "install its development package"
          + (isDynamic
            ? ""
            : ", or build a program that loads C libraries where it runs: "
              + "`bgrun build PLAN --dynamic`"),
        code: .environment)
    }
    let isLinking = text.contains("lld: error:")
    throw ToolError(
      "\(plan.typed) cannot be linked into a program",
      fix: isLinking && !isDynamic
        ? "if it needs a C library, build a program that loads it where it runs: "
          + "`bgrun build PLAN --dynamic`" : nil,
      code: .environment, preamble: errors(in: text))
  }

  /// The text without the linker's warnings.
  private func errors(in text: String) -> String {
    text.split(separator: "\n").filter { !$0.contains("warning: ") }.joined(separator: "\n")
  }

  /// C source that makes the plan the embedded one.
  private static func source(embedding plan: PlanFile) -> String {
    func array(_ bytes: [UInt8]) -> String { bytes.map { "\($0)," }.joined() }
    return """
      #include <stddef.h>
      struct cbgrun_plan {
        int (*run)(int, char **);
        const char *name;
        const unsigned char *source;
        size_t size;
      };
      void cbgrun_embed(const struct cbgrun_plan *);
      int \(PlanCompiler.entryPoint)(int, char **);
      static const unsigned char name[] = {\(array(Array(plan.name.utf8)))0};
      static const unsigned char source[] = {\(array(plan.bytes))0};
      static const struct cbgrun_plan plan = {
        \(PlanCompiler.entryPoint), (const char *)name, source, \(plan.bytes.count)};
      __attribute__((constructor)) static void embed(void) { cbgrun_embed(&plan); }

      """
  }
}

extension Installation {
  /// What programs are linked from: bgrun's own object code.
  fileprivate var parts: String {
    get throws(ToolError) {
      let folder = Paths.parent(of: program) ?? "/"
      let prefix = Paths.parent(of: folder) ?? "/"
      let installed = "\(prefix)/lib/bgrun/bgrun.o"
      if Files.isFile(installed) { return installed }
      let built = "\(folder)/bgrun.product/Objects.LinkFileList"
      if Files.isFile(built) { return "@\(built)" }
      throw ToolError(
        "bgrun's object code is not in \(installed)",
        fix: "install bgrun with Scripts/install.sh --prefix \(prefix)", code: .environment)
    }
  }
}

extension Toolchain {
  /// `…/usr/lib/swift_static/linux`
  fileprivate var staticLibraries: String {
    let bin = Paths.resolved(compiler).flatMap(Paths.parent(of:)) ?? "/usr/bin"
    return "\(Paths.parent(of: bin) ?? "/usr")/lib/swift_static/linux"
  }
}
