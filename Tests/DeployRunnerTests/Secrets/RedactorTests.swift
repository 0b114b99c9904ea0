import DeployDSL
import Foundation
import Testing

@testable import DeployRunner

@Suite("What is hidden of a secret")
struct RedactorTests {
  private func redacted(_ text: String, _ secret: String) -> String {
    var redactor = Redactor()
    redactor.add(secret)
    return redactor.redact(text)
  }

  @Test(arguments: ["hunter2", "a b", "zwölf Ämter", "🔑"])
  func `it is dots wherever it stands`(secret: String) {
    #expect(redacted("x\(secret)y \(secret)", secret) == "x••••y ••••")
    #expect(redacted("nothing", secret) == "nothing")
  }

  @Test(
    arguments: [
      ("Cannot POST /services/T000/B000/S3cr3t", "Cannot POST ••••"),
      ("POST /services/T000/B000/S3cr3t?key=p%40ssw0rd HTTP/1.1", "POST •••• HTTP/1.1"),
      ("no such hook: S3cr3t", "no such hook: ••••"),
      ("key=p%40ssw0rd is wrong", "•••• is wrong"), ("p@ssw0rd is wrong", "•••• is wrong"),
      ("ann:tops3cret may not", "•••• may not"), ("Basic YW5uOnRvcHMzY3JldA==", "Basic ••••=="),
      ("not the password tops3cret", "not the password ••••"),
      ("services of ann at hooks.example", "services of ann at hooks.example"),
    ])
  func `a part of a secret URL is as secret`(said: String, shown: String) {
    let url = "https://ann:tops3cret@hooks.example/services/T000/B000/S3cr3t?key=p%40ssw0rd"
    #expect(redacted(said, url) == shown)
  }

  @Test(arguments: ["https://hooks.example/", "https://hooks.example/a", "postgres://db/app"])
  func `what is short in a secret URL may stand anywhere`(url: String) {
    #expect(redacted("GET /a of db/app: a /", url) == "GET /a of db/app: a /")
  }

  @Test(arguments: ["\u{301}", "\u{FE0F}", "\u{200D}x", "\u{1F3FB}"])
  func `what makes one letter with its last does not hide it`(mark: String) {
    #expect(redacted("a hunter2\(mark)", "hunter2").utf8.elementsEqual("a ••••\(mark)".utf8))
  }

  @Test(
    arguments: [
      #"p\u0026ss\u003cw0rd/\u003e\"ä\\"#,  // Go's JSON, as Docker prints it
      #"p&ss<w0rd/>\"\u00e4\\"#,  // JSON in ASCII
      #"p&ss<w0rd\/>\"ä\\"#,  // JSON that may stand in HTML
      "p%26ss%3Cw0rd%2F%3E%22%C3%A4%5C", "p%26ss%3cw0rd%2f%3e%22%c3%a4%5c",  // URLs
      "p%26ss%3Cw0rd/%3E%22%C3%A4%5C",
      "p&amp;ss&lt;w0rd/&gt;&#34;ä\\", "p&amp;ss&lt;w0rd/&gt;&quot;ä\\",  // HTML
      #"p&ss<w0rd/>"ä\\"#,  // Python's repr
    ])
  func `other programs spell it in other ways`(spelling: String) {
    #expect(redacted("<\(spelling)>", #"p&ss<w0rd/>"ä\"#) == "<••••>")
  }

  @Test func `a form has a plus for a space, a shell its own quotes`() {
    #expect(redacted("q=a+b%2Bc", "a b+c") == "q=••••")
    #expect(redacted(#"+ login 'it'\''s'"#, "it's") == "+ login '••••'")
  }

  @Test(arguments: [57, 58, 100, 400])
  func `base64 is hidden whole, in lines and in pieces`(length: Int) throws {
    let secret = String(
      (0..<length).map { "abcdefghijklmnopqrstuvwxyz0123456789".randomElement(at: $0) })
    let whole = Data(secret.utf8).base64EncodedString()
    #expect(!redacted("x \(whole)", secret).contains(whole.prefix(12)))
    for options: Data.Base64EncodingOptions in [.lineLength76Characters, .lineLength64Characters] {
      let lines = Data(secret.utf8)
        .base64EncodedString(options: [options, .endLineWithLineFeed]).split(separator: "\n")
      for line in lines.dropLast() { #expect(redacted("\(line)", secret) == "••••") }
    }
  }

  @Test func `every line of a key is hidden`() {
    let key = "-----BEGIN KEY-----\nMIIBVgIBADANBg\r\nkqhkiG9w0BAQEF\n"
    #expect(redacted("MIIBVgIBADANBg", key) == "••••")
    #expect(redacted("kqhkiG9w0BAQEF.", key) == "••••.")
  }
}

extension String {
  fileprivate func randomElement(at place: Int) -> Character {
    self[index(startIndex, offsetBy: place * 7919 % count)]
  }
}
