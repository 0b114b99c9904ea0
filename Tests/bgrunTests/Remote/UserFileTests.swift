import Testing

@testable import bgrun

/// Which files a host can have the user's machine write.
struct UserFileTests {
  private func line(_ path: String) -> String {
    let file = String(decoding: UserFile(path, "text", note: "").jsonLine, as: UTF8.self)
    return "\(HostScript.mark) file \(file)"
  }

  private func options(_ command: any ToolCommand, out: String? = nil) -> Options {
    var options = Options()
    (options.command, options.out) = (command, out)
    return options
  }

  @Test(
    arguments: ["a.html", "/etc/a.html", "../a.html", ".a.html", "a", "a.html/"],
    [nil, "a", "/etc/a.html"])
  func `only what the user has named, or a page of report in the working folder`(
    path: String, out: String?
  ) {
    let isAsked = out.map { path == $0 } ?? (path == "a.html")
    #expect((UserFile(in: line(path), options(ReportCommand(), out: out)) != nil) == isAsked)
    let isNamed = path == out
    #expect((UserFile(in: line(path), options(PlanCommand(), out: out)) != nil) == isNamed)
    #expect((UserFile(in: line(path), options(StatusCommand(), out: out)) != nil) == isNamed)
  }

  @Test(arguments: ["", "bgrun-host ready", "bgrun-host file", "bgrun-host file {}", "file {}"])
  func `no other line is a file`(text: String) {
    #expect(UserFile(in: text, options(ReportCommand())) == nil)
  }
}
