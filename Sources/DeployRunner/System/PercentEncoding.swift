import DeployDSL

extension String {
  /// The text with every byte percent-encoded except letters, digits and the kept characters.
  package func percentEncoded(keeping kept: String = "") -> String {
    utf8.map { byte in
      if byte.isLetterOrDigit || kept.utf8.contains(byte) { return String(UnicodeScalar(byte)) }
      let digits = String(byte, radix: 16, uppercase: true)
      return "%" + (digits.count == 1 ? "0" : "") + digits
    }.joined()
  }
}
