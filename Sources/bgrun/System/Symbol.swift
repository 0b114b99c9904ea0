#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A function of a loaded library.
enum Symbol {
  static func find(_ name: String, in library: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer?
  {
    dlsym(library, name)
  }
}
