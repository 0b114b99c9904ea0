import CBgrun
import DeployRunner

/// The Swift compiler for plans: the one whose standard library this process uses.
struct Toolchain {
  let compiler: String

  /// Changes with the toolchain. It comes from the file system, because starting the compiler takes
  /// 70 ms.
  var identity: String {
    let frontend = Paths.resolved("\(folder)/swift-frontend") ?? compiler
    return "\(frontend) \(Files.status(frontend)?.identity ?? "")"
  }

  /// SwiftPM: the `swift` beside the compiler.
  var swift: String { "\(Paths.parent(of: compiler) ?? "/usr/bin")/swift" }

  /// Variables to hide from the toolchain: the compiler's driver crashes if the path of temporary
  /// files is not ASCII.
  static var harmfulVariables: [String] {
    let isOdd = Paths.variable("TMPDIR")?.utf8.contains { $0 >= 128 } ?? false
    return isOdd ? ["TMPDIR"] : []
  }

  /// A program beside the compiler, if it exists.
  func program(_ name: String) -> String? {
    let path = "\(folder)/\(name)"
    return access(path, X_OK) == 0 ? path : nil
  }

  private var folder: String {
    Paths.resolved(compiler).flatMap(Paths.parent(of:)) ?? "/usr/bin"
  }

  /// Whether a module comes with the toolchain.
  func has(module: String) -> Bool {
    #if os(macOS)
      let places = ["macosx"]
    #else
      let places = ["linux", "linux/testing", "linux/x86_64", "linux/aarch64", "android"]
    #endif
    return places.contains { place in
      Files.status("\(folder)/../lib/swift/\(place)/\(module).swiftmodule") != nil
    }
  }

  /// Finds the compiler.
  static func find() throws(ToolError) -> Toolchain {
    let candidates = [besideLibrary].compactMap { $0 } + inPath
    guard let compiler = candidates.first(where: { access($0, X_OK) == 0 }) else {
      let places = candidates.first.map { "neither at \($0) nor" } ?? "not"
      throw ToolError(
        "no Swift compiler found, \(places) in PATH",
        fix: "install the toolchain that bgrun was built with (https://swift.org/install)",
        code: .environment)
    }
    return Toolchain(compiler: compiler)
  }

  /// `…/usr/lib/swift/linux/libswiftCore.so`, where this process has it from.
  static var library: String? {
    cbgrun_library_of("swift_retain").flatMap { Paths.resolved(String(cString: $0)) }
  }

  /// `…/usr/bin/swiftc` for `…/usr/lib/swift/linux/libswiftCore.so`.
  private static var besideLibrary: String? {
    guard let library else { return nil }
    let parts = library.split(separator: "/")
    guard parts.count > 4, parts[parts.count - 3] == "swift" else { return nil }
    return "/" + parts.dropLast(4).joined(separator: "/") + "/bin/swiftc"
  }

  private static var inPath: [String] {
    (Paths.variable("PATH") ?? "").split(separator: ":").map { "\($0)/swiftc" }
  }
}
