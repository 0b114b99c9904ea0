/// What `bgrun help` explains besides commands.
enum HelpTopic: String, CaseIterable {
  case exitCodes = "exit-codes"
  case environment
  case steps
  case json
  case schema
  case man

  var text: String {
    switch self {
    case .exitCodes: Self.exitCodesText
    case .environment: Self.environmentText
    case .steps: Self.stepsText
    case .json: Self.jsonText
    case .schema: OutputSchema.text
    case .man: ManPage.text
    }
  }

  static let exitCodesText = """
    exit codes:
      0    deployed; or the command did what it says
      1    failed before the switch: the previous version serves, untouched; of commands that
           deploy nothing: they found an error or a difference
      2    usage, or an error in the plan
      3    failed after the switch and rolled back: the previous version serves
      4    manual intervention required: the rollback failed or was off, or the version that
           should serve at the end does not
      5    locked by another deploy, or an earlier run was interrupted
      6    the environment is not usable: no Docker, no Compose file, no proxy
      7    deployed, the new version serves, but clean-up is incomplete
      8    out of sight: the run on the other host continues; 'bgrun follow' joins it
      129, 130, 131, 143    cancelled by a signal: rolled back, or, once Stop(.previous) has begun,
                            left for 'bgrun resume'; a second signal leaves the run as it is,
                            for 'bgrun resume --undo'

    """

  static let environmentText = """
    environment variables:
      BGRUN_PLAN         the plan of commands that name none
      BGRUN_ON_CACHE     the folder of programs on hosts; default: ~/.cache/bgrun/programs
      BGRUN_ON           the host of commands that take --on and name none
      BGRUN_CACHE        the folder of compiled plans; default: bgrun in
                         XDG_CACHE_HOME, or ~/.cache/bgrun
      COMPOSE_FILE       the Compose files, if the plan names none
      NO_COLOR           no colours, whatever its value
      VISUAL, EDITOR     the editor of 'bgrun edit'

    In commands of a plan's onFailure and in Notify, BGRUN_APPLICATION, BGRUN_OUTCOME,
    BGRUN_FAILURE, BGRUN_SERVING, BGRUN_VERSION and BGRUN_PREVIOUS_VERSION say how the run ended.

    """

  static let stepsText = """
    steps from other files and packages, in a plan:
      import PlanSteps           the files of Steps/ beside the plan
      import Acme                a library of Package.swift beside the plan
      import Acme  // package(path: "../acme")
      import Acme  // package(url: "https://…", from: "1.0.0"); or exact, branch, revision

    """

  static let jsonText = """
    With --format json, results are lines of JSON on standard output; messages and what a plan prints
    go to standard error. A run prints one event a line, with the run's ID (not in a dry run), the
    wall-clock time and the step; the last one has the outcome and the exit code. What a step repeats
    has one line, and step-finished says how many were left out; --verbose shows them. With several
    hosts each event has its 'host', and 'wave-started' begins a wave.

    'bgrun help schema' prints the JSON Schema of all output; the first event of a run and
    'bgrun --version --format json' say its version. Unknown fields may be added within a version:
    ignore them.

      bgrun deploy --format json | jq --raw-output 'select(.event == "run-finished").outcome'

    """
}
