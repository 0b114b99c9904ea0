import DeployRunner

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Compiles a plan's file, as it is, into a library that bgrun loads into itself.
///
/// The plan's `main` gets another name, so that bgrun can call it; what it uses of `DeployDSL` is
/// found in the bgrun process.
struct PlanCompiler {
  /// The function that holds a plan's top-level code.
  static let entry = "bgrun_plan_main"
  /// Changes when compiled plans of an older bgrun cannot be loaded any more.
  private static let format = "1"

  let file: PlanFile
  let toolchain: Toolchain
  let modules: String
  let isColored: Bool

  private var flags: [String] {
    var flags = [
      "-swift-version", "6", "-module-name", "Plan", "-gline-tables-only", "-I", modules,
      "-Xfrontend", "-entry-point-function-name", "-Xfrontend", Self.entry,
    ]
    #if os(macOS)
      flags += ["-Xlinker", "-dylib", "-Xlinker", "-undefined", "-Xlinker", "dynamic_lookup"]
    #else
      flags += [
        "-use-ld=lld", "-Xclang-linker", "-shared",
        "-Xclang-linker", "-Wno-unused-command-line-argument",
      ]
    #endif
    return flags
  }

  /// The name of the compiled plan: a hash of everything that it depends on.
  var key: String {
    var hash = SHA256()
    let tool = Paths.executable ?? ""
    let parts = [
      Self.format, file.typed, file.absolute, tool, Files.status(tool)?.identity ?? "",
      toolchain.identity,
    ]
    for part in parts + flags { hash.update(field: part) }
    hash.update(file.bytes)
    return hash.hex()
  }

  /// Compiles the plan to a path, in one step: a reader sees all of it or nothing.
  func compile(to path: String) async throws -> String {
    let temporary = "\(path).\(getpid()).tmp"
    defer { unlink(temporary) }
    let source = file.typed.hasPrefix("-") ? "./\(file.typed)" : file.typed
    let color = isColored ? ["-color-diagnostics"] : ["-no-color-diagnostics"]
    let child = ChildProcess(
      path: toolchain.compiler,
      argv: [toolchain.compiler] + flags + color + [source, "-o", temporary],
      environment: ChildProcess.inheritedEnvironment(), timeout: .seconds(600))
    let result: CommandResult
    do {
      result = try await child.run { _ in }
    } catch {
      throw ToolError(
        "the Swift compiler \(toolchain.compiler) cannot be run: \(error)",
        fix: "check the toolchain with `swiftc --version`", code: .environment)
    }
    let said = result.output + result.errors
    guard result.succeeded else { throw failure(said) }
    guard rename(temporary, path) == 0 else {
      throw ToolError(
        "the compiled plan cannot be written to \(path): \(String(cString: strerror(errno)))",
        fix: "free some space, or name another folder with BGRUN_CACHE", code: .environment)
    }
    return said
  }

  private func failure(_ said: String) -> any Error {
    if Self.isFromOtherToolchain(said) {
      return ToolError(
        "bgrun was built with another Swift than \(toolchain.compiler), so plans cannot be compiled",
        fix: "build it again: `swift build` in its folder, or Scripts/install.sh --prefix DIR",
        code: .environment)
    }
    return CompileError(text: said + CompilerHints(said).text, path: file.typed)
  }

  private static func isFromOtherToolchain(_ said: String) -> Bool {
    [
      "cannot be imported by the", "malformed compiled module", "malformed module",
      "compiled module was created by a different version", "unable to load standard library",
      "cannot load module 'DeployDSL'",
    ].contains { said.contains($0) }
  }
}

/// The compiler's own words about a plan that does not compile.
struct CompileError: Error {
  var text: String
  var path: String
}
