import Foundation

/// Compiles the code of a guide as the project that the guide describes.
struct GuideCompiler {
  private let bench: Workbench
  private let built: URL

  init(_ bench: Workbench) throws {
    self.bench = bench
    built = try Workbench.tool().deletingLastPathComponent()
  }

  /// What the compiler says; empty if all is well. The folders of `Sources` become modules that
  /// `Tests` and later ones import.
  func problems(of guide: Guide) async throws -> String {
    var problems = ""
    var folders: [String] = []
    for file in guide.files {
      try bench.write(file.path, file.text)
      let folder = file.path.split(separator: "/").dropLast().joined(separator: "/")
      if !folders.contains(folder) { folders.append(folder) }
    }
    for folder in folders where !folder.hasPrefix("Plans") {
      if folder.isEmpty || FileManager.default.fileExists(atPath: manifest(in: folder)) {
        problems += try await run(["swift", "package", "dump-package"], in: folder)
      } else {
        problems += try await compile(folder)
      }
    }
    return problems
  }

  private func manifest(in folder: String) -> String {
    bench.folder.appending(path: "\(folder)/Package.swift").path
  }

  private func compile(_ folder: String) async throws -> String {
    let path = bench.folder.appending(path: folder).path
    let files = try FileManager.default.contentsOfDirectory(atPath: path)
      .filter { $0.hasSuffix(".swift") }.map { "\(path)/\($0)" }
    let module = folder.split(separator: "/").last.map(String.init) ?? "Guide"
    let modules = bench.folder.appending(path: "modules")
    try FileManager.default.createDirectory(at: modules, withIntermediateDirectories: true)
    var words = [
      "swiftc", "-emit-module", "-module-name", module, "-swift-version", "6",
      "-o", modules.appending(path: "\(module).swiftmodule").path,
      "-warnings-as-errors", "-enable-upcoming-feature", "InternalImportsByDefault",
      "-I", built.appending(path: "Modules").path, "-I",
      built.appending(path: "CBgrun.build").path,
      "-I", modules.path, "-plugin-path", try await plugins(),
    ]
    if !files.contains(where: { $0.hasSuffix("/main.swift") }) { words.append("-parse-as-library") }
    return try await run(words + files, in: folder)
  }

  /// Where the macros of Swift Testing are, which SwiftPM finds by itself.
  private func plugins() async throws -> String {
    let target = try await bench.run(["/usr/bin/env", "swiftc", "-print-target-info"])
    let parts = target.output.split(separator: "\"")
    guard let name = parts.firstIndex(of: "runtimeResourcePath"), parts.count > name + 2 else {
      return "/usr/lib/swift/host/plugins/testing"
    }
    return "\(parts[name + 2])/host/plugins/testing"
  }

  private func run(_ words: [String], in folder: String) async throws -> String {
    let ending = try await bench.run(
      ["/usr/bin/env"] + words, in: bench.folder.appending(path: folder))
    return ending.status == 0 ? "" : "\(folder): \(ending)\n"
  }
}
