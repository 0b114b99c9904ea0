import DeployRunner
import Testing

@Suite("SHA-256")
struct SHA256Tests {
  static let vectors = [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      String(repeating: "a", count: 1_000_000),
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    ),
  ]

  @Test(arguments: vectors)
  func `agrees with the published vectors`(text: String, hash: String) {
    var sha = SHA256()
    sha.update(text.utf8)
    #expect(sha.hex() == hash)
  }

  @Test func `does not depend on how the bytes are cut`() {
    let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0) }
    var whole = SHA256()
    whole.update(bytes)
    for size in [1, 55, 63, 64, 65, 128] {
      var sha = SHA256()
      for start in stride(from: 0, to: 300, by: size) {
        sha.update(bytes[start..<min(300, start + size)])
      }
      #expect(sha.hex() == whole.hex(), "pieces of \(size)")
    }
  }

  @Test func `fields are kept apart`() {
    var one = SHA256()
    one.update(field: "ab")
    one.update(field: "c")
    var other = SHA256()
    other.update(field: "a")
    other.update(field: "bc")
    #expect(one.hex() != other.hex())
  }
}
