import DeployRunner

/// The programs that the compiler's driver would start, started without it.
///
/// An edited plan starts in 286 ms instead of the 463 ms that the driver needs.
/// The arguments are those that `swiftc -###` of Swift 6.3 shows, without what is the default on
/// the machine itself (`-target`) and what only other outputs need.
struct CompilerStages {
  private let frontend: String
  private let extractor: String
  private let linker: String
  /// `…/usr/lib/swift/linux`, with the libraries of this process.
  private let libraries: String
  private let startFile: String
  /// `…/usr/lib/swift/host`, with the toolchain's macros: `@Observable`, `#Predicate`.
  private let host: String

  /// Finds them; `nil` if one is missing, or if the driver must find an SDK.
  init?(_ toolchain: Toolchain) {
    #if os(macOS)
      return nil
    #else
      #if arch(arm64)
        let architecture = "aarch64"
      #else
        let architecture = "x86_64"
      #endif
      guard Paths.variable("SDKROOT") == nil,
        let frontend = toolchain.program("swift-frontend"),
        let extractor = toolchain.program("swift-autolink-extract"),
        let linker = toolchain.program("clang"), toolchain.program("ld.lld") != nil,
        let libraries = Toolchain.library.flatMap(Paths.parent(of:)),
        let lib = Paths.parent(of: libraries)
      else { return nil }
      startFile = "\(libraries)/\(architecture)/swiftrt.o"
      guard Files.isFile(startFile) else { return nil }
      self.frontend = frontend
      self.extractor = extractor
      self.linker = linker
      self.libraries = libraries
      host = "\(lib)/host"
    #endif
  }

  /// The commands that make a library of a plan, in order.
  ///
  /// - Parameters:
  ///   - language: the arguments that every way of compiling the plan has.
  ///   - extras: what finds and links the modules that the plan uses besides DeployDSL.
  func jobs(
    _ plan: String, _ output: String, _ language: [String], _ extras: CompilerFlags
  ) -> [PlanCompiler.Job] {
    let (object, list) = Self.drafts(of: output)
    let compile =
      ["-frontend", "-c", "-primary-file", plan] + language + extras.imports + [
        "-entry-point-function-name", PlanCompiler.entryPoint,
        "-in-process-plugin-server-path", "\(host)/libSwiftInProcPluginServer.so",
        "-plugin-path", "\(host)/plugins", "-o", object,
      ]
    // Which libraries the imports of the plan and its helpers stand for.
    let extract = [object] + extras.links.filter { $0.hasSuffix(".o") } + ["-o", list]
    let link =
      ["-shared", "-fuse-ld=lld", startFile, object] + extras.links + [
        "@\(list)", "-L", libraries, "-lswiftCore", "-Xlinker", "-rpath", "-Xlinker", libraries,
        "-o", output,
      ]
    return [
      (frontend, compile),
      (extractor, extract),
      (linker, link),
    ]
  }

  /// Removes the intermediate files.
  func removeDrafts(of output: String) {
    let (object, list) = Self.drafts(of: output)
    unlink(object)
    unlink(list)
  }

  private static func drafts(of output: String) -> (object: String, list: String) {
    ("\(output).object.tmp", "\(output).libraries.tmp")
  }
}
