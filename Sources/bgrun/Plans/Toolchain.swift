import CSystem

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The Swift toolchain that compiles plans.
struct Toolchain {
  /// The compiler's path.
  let compiler: String
  /// What changes when the toolchain does, found without starting it.
  let identity: String

  /// Finds the toolchain that this process's own Swift runtime belongs to, else the one in `PATH`.
  static func find() throws(ToolError) -> Toolchain {
    let candidates = [besideRuntime].compactMap { $0 } + inSearchPath
    guard let compiler = candidates.first(where: { access($0, X_OK) == 0 }) else {
      throw ToolError(
        "there is no Swift compiler to compile the plan with",
        fix: "install Swift (swift.org/install) or put swiftc on PATH", code: .environment)
    }
    // swiftc is a link to the driver; the compiler proper lies beside it.
    let real = Paths.resolved(compiler) ?? compiler
    let frontend = (Paths.parent(of: real) ?? "") + "/swift-frontend"
    let status = Files.status(frontend) ?? Files.status(real)
    return Toolchain(compiler: compiler, identity: "\(real) \(status?.identity ?? "")")
  }

  /// `…/usr/lib/swift/linux/libswiftCore.so` belongs to `…/usr/bin/swiftc`.
  private static var besideRuntime: String? {
    guard let name = csystem_library_of("swift_retain") else { return nil }
    var folder = Paths.resolved(String(cString: name))
    for _ in 0..<4 { folder = folder.flatMap(Paths.parent(of:)) }
    return folder.map { "\($0)/bin/swiftc" }
  }

  private static var inSearchPath: [String] {
    (Paths.variable("PATH") ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
      .filter { $0.hasPrefix("/") }.map { "\($0)/swiftc" }
  }
}
