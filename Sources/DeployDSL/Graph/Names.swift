extension String {
  /// Whether Docker and Compose accept the text as a name, and no command line treats it as an
  /// option.
  package var isServiceName: Bool {
    guard let first = utf8.first, first.isLetterOrDigit else { return false }
    return utf8.allSatisfy { $0.isLetterOrDigit || "_.-".utf8.contains($0) }
  }

  /// Whether Compose accepts the text as a project name.
  var isProjectName: Bool {
    guard let first = utf8.first, first.isLetterOrDigit else { return false }
    return utf8.allSatisfy {
      ($0.isLetterOrDigit && !(65...90).contains($0)) || "_-".utf8.contains($0)
    }
  }

  var isVariableName: Bool {
    guard let first = utf8.first, !(48...57).contains(first) else { return false }
    return utf8.allSatisfy { $0.isLetterOrDigit || $0 == 95 }
  }

  /// The text with control characters made visible.
  package var escaped: String {
    unicodeScalars.map { $0.value < 32 || $0.value == 127 ? $0.escaped(asASCII: true) : String($0) }
      .joined()
  }
}

extension UInt8 {
  /// Whether the byte is an ASCII letter or digit.
  package var isLetterOrDigit: Bool {
    (48...57).contains(self) || (65...90).contains(self) || (97...122).contains(self)
  }
}
