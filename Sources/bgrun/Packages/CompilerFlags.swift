/// Arguments for the compiler's driver, by their purpose.
struct CompilerFlags {
  private let flags: [String]

  init(_ flags: [String]) { self.flags = flags }

  /// Those that find modules.
  var imports: [String] { parted.imports }

  /// Those for the linker.
  var links: [String] { parted.links }

  private var parted: (imports: [String], links: [String]) {
    var rest = flags[...]
    var parted: (imports: [String], links: [String]) = ([], [])
    while let flag = rest.popFirst() {
      switch flag {
      case "-I", "-Xcc":
        parted.imports += [flag] + rest.prefix(1)
        rest = rest.dropFirst()
      case "-L", "-Xlinker":
        parted.links += [flag] + rest.prefix(1)
        rest = rest.dropFirst()
      default: parted.links.append(flag)
      }
    }
    return parted
  }
}
