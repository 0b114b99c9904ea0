/// Arguments for the compiler.
struct FlagList {
  private let flags: [String]

  init(_ flags: [String]) { self.flags = flags }

  /// Those that find modules, without what only a linker wants.
  var imports: [String] {
    var rest = flags[...]
    var imports: [String] = []
    while let flag = rest.popFirst() {
      switch flag {
      case "-I", "-Xcc":
        imports += [flag] + rest.prefix(1)
        rest = rest.dropFirst()
      case "-L", "-Xlinker": rest = rest.dropFirst()
      default: break
      }
    }
    return imports
  }
}
