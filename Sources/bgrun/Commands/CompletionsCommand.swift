/// `bgrun completions SHELL`; the scripts call `bgrun completions words -- WORDS…`.
struct CompletionsCommand: ToolCommand {
  let name = "completions"
  let summary = "print a script that completes bgrun's command line"
  let arguments = "bash|zsh|fish"
  let isForSources = true
  var examples: [String] { CompletionScript.allCases.map(\.use) }

  @MainActor
  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    guard let word = options.words.first else {
      throw ToolError("name the shell: bash, zsh or fish")
    }
    if word == "words" {
      var output = output
      // A plan may print while it is loaded.
      output.separate()
      let candidates = Completion(Array(options.words.dropFirst()), output).candidates
      output.write(candidates.map { "\($0.word)\t\($0.help)\n" }.joined())
      return ExitCode.done.rawValue
    }
    guard let script = CompletionScript(rawValue: word) else {
      throw ToolError.unknown(
        "shell '\(word)'", word, among: CompletionScript.allCases.map(\.rawValue))
    }
    output.write(script.text)
    return ExitCode.done.rawValue
  }
}
