import Testing

@testable import DeployRunner

// As `docker top PROXY -o pid,etimes,args` printed them while nginx reloaded.
private let before = """
  PID                 ELAPSED             COMMAND
  4878                1                   nginx: master process nginx -g daemon off;
  4908                1                   nginx: worker process
  4909                1                   nginx: worker process
  """
private let starting =
  before + """

    4977                0                   nginx: worker process
    4978                0                   nginx: worker process
    """
private let draining = """
  PID                 ELAPSED             COMMAND
  4878                3                   nginx: master process nginx -g daemon off;
  4909                2                   nginx: worker process is shutting down
  4977                1                   nginx: worker process
  4978                1                   nginx: worker process
  """
private let drained = """
  PID                 ELAPSED             COMMAND
  4878                9                   nginx: master process nginx -g daemon off;
  4977                7                   nginx: worker process
  4978                7                   nginx: worker process
  """

@Suite("ProxyWorkers")
struct ProxyWorkersTests {
  @Test func `workers are read with pid, age and whether they shut down`() {
    #expect(
      ProxyWorkers(ProcessTable(top: draining)).workers == [
        .init(pid: 4909, age: .seconds(2), isShuttingDown: true),
        .init(pid: 4977, age: .seconds(1), isShuttingDown: false),
        .init(pid: 4978, age: .seconds(1), isShuttingDown: false),
      ])
    #expect(ProxyWorkers(ProcessTable(top: draining)).accepting.map(\.pid) == [4977, 4978])
    #expect(ProxyWorkers(ProcessTable(top: draining)).pids == [4909, 4977, 4978])
  }

  @Test(arguments: [
    "", "\n", "PID ELAPSED COMMAND\n", "12 30 nginx: master process nginx\n",
    "12 30 nginx: cache manager process\n", "12 30 sh -c nginx: worker process\n",
    "12 30\n", "x 30 nginx: worker process\n", "12 00:30 nginx: worker process\n",
  ])
  func `lines that are no worker's are passed over`(top: String) {
    #expect(ProxyWorkers(ProcessTable(top: top)).workers == [])
  }

  @Test(
    arguments: [
      // Right after the signal nothing has happened yet, and nothing may be concluded.
      (before, [4908, 4909], .notStarted),
      (starting, [4908, 4909], .starting),
      (draining, [4908, 4909], .draining(1)),
      (drained, [4908, 4909], .drained),
      // Old ones that shut down without successors: nginx is stopping, not reloading.
      ("1 5 nginx: worker process is shutting down", [1], .notStarted),
      // A second reload is on its way already: the first one's workers are going, too.
      ("2 5 nginx: worker process is shutting down", [1], .notStarted),
      (
        """
        1 9 nginx: worker process is shutting down
        2 9 nginx: worker process
        3 0 nginx: worker process
        """, [1, 2], .starting
      ),
      (
        """
        1 9 nginx: worker process is shutting down
        2 9 nginx: worker process is shutting down
        3 0 nginx: worker process
        """, [1, 2], .draining(2)
      ),
      ("", [1], .notStarted),
    ] as [(String, Set<Int>, ProxyWorkers.Progress)])
  func `a reload has come as far as the workers show`(
    top: String, old: Set<Int>, progress: ProxyWorkers.Progress
  ) {
    #expect(ProxyWorkers(ProcessTable(top: top)).progress(since: old) == progress)
  }

  @Test(
    arguments: [
      (before, [4908, 4909], 2), (draining, [4908, 4909], 1),
      (drained + "\n", [4908, 4909], 0), (drained, [4908, 4909], nil),
      // A line that is not understood is still a process.
      ("1 9 nginx: master process nginx\n2 ? nginx: w", [2], 1),
      // Half a table proves nothing.
      ("", [1], nil), ("PID ELAPSED COMMAND\n", [1], nil),
      ("3 0 nginx: worker process\n", [1], nil), ("1 9 nginx: master process nginx\n", [2], nil),
      ("1 9 nginx: master process nginx\n3 0 nginx: worker process", [2], nil),
      ("1 9 nginx: master process  nginx: worker process\n3 0 nginx: worker process\n", [2], nil),
      ("1 9 nginx: master process  worker process is\n3 0 nginx: worker process\n", [2], nil),
    ] as [(String, Set<Int>, Int?)])
  func `old workers are gone only if a whole table lacks them`(
    top: String, old: Set<Int>, left: Int?
  ) {
    #expect(ProxyWorkers(ProcessTable(top: top)).left(of: old) == left)
  }
}
