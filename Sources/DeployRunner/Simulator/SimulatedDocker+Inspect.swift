import DeployDSL

extension SimulatedDocker {
  /// `docker inspect --type container ID…`.
  func inspect(_ words: [String]) -> SimulatedOperation {
    guard let parsed = arguments(words, options: ["--type"]),
      parsed.options["--type"] == "container"
    else { return unknown }
    guard !parsed.rest.isEmpty else {
      return SimulatedOperation(cost: .milliseconds(10)) { _, transcript in
        transcript.complain("docker: 'docker inspect' requires at least 1 argument")
        return .exit(1)
      }
    }
    return SimulatedOperation(cost: .milliseconds(17)) { world, transcript in
      var found: [JSONText] = []
      var isMissing = false
      for name in parsed.rest {
        if let index = transcript.find(name, in: world) {
          found.append(world.description(of: index))
        } else {
          isMissing = true
        }
      }
      transcript.print(JSONText.array(found).text(indent: "    "))
      return .exit(isMissing ? 1 : 0)
    }
  }
}

extension SimulatedState {
  fileprivate func description(of index: Int) -> JSONText {
    let container = containers[index]
    return [
      "Id": .string(container.id),
      "Created": .string(timestamp(container.created)),
      "State": state(of: container),
      "Image": .string(container.imageID),
      "Name": .string("/\(container.name)"),
      "RestartCount": .number(container.restartCount),
      "HostConfig": [
        "NetworkMode": .string(networks(of: container.service).first ?? "default"),
        "RestartPolicy": [
          "Name": .string(container.service.restart.rawValue), "MaximumRetryCount": 0,
        ],
      ],
      "Mounts": .array(container.service.name == application.proxy ? [siteMount] : []),
      "Config": [
        "Image": .string(container.image),
        // Docker leaves it out where nothing is said.
        "StopTimeout": container.service.stopGracePeriod.map {
          .number(Int($0.components.seconds))
        } ?? .null,
        "Healthcheck": container.service.healthcheck.map { check in
          [
            "Test": SimulatedService.Healthcheck.test,
            "Interval": .number(Int(check.interval / .nanoseconds(1))),
            "StartPeriod": .number(Int(check.startPeriod / .nanoseconds(1))),
            "Retries": .number(check.retries),
          ]
        } ?? .null,
        "Labels": [
          "bgrun.job": container.job.map { .string($0) } ?? .null,
          "com.docker.compose.container-number": "1",
          "com.docker.compose.image": .string(container.imageID),
          "com.docker.compose.oneoff": container.job == nil ? "False" : "True",
          "com.docker.compose.project": .string(projectName),
          "com.docker.compose.project.working_dir": .string(folder),
          "com.docker.compose.service": .string(container.service.name),
          "com.docker.compose.version": "2.40.3",
        ],
      ],
      "NetworkSettings": ["Ports": ports(of: container), "Networks": attached(container)],
    ]
  }

  private func state(of container: SimulatedContainer) -> JSONText {
    var pairs: [(String, JSONText)] = [
      ("Status", .string(container.state.rawValue)),
      ("Running", .bool(container.hasProcess || container.state == .restarting)),
      ("Paused", .bool(container.state == .paused)),
      ("Restarting", .bool(container.state == .restarting)),
      ("OOMKilled", false),
      ("Dead", false),
      ("Pid", .number(container.pid)),
      ("ExitCode", .number(container.exitCode)),
      ("Error", .string(container.error)),
      ("StartedAt", .string(timestamp(container.startedAt))),
      ("FinishedAt", .string(timestamp(container.finishedAt))),
    ]
    if let health = container.health {
      // Docker calls a container that has ended unhealthy.
      let status = container.hasProcess ? health : .unhealthy
      pairs.append(
        (
          "Health",
          [
            "Status": .string(status.rawValue), "FailingStreak": .number(container.failingStreak),
            "Log": [],
          ]
        ))
    }
    return .object(pairs)
  }

  private var siteMount: JSONText {
    let source = files.absolute(application.site.file)
    let isFile = mount == .file
    return [
      "Type": "bind", "Source": .string(isFile ? source : SimulatedFiles.parent(of: source)),
      "Destination": .string(isFile ? sitePath : SimulatedFiles.parent(of: sitePath)),
      "Mode": "rw", "RW": true, "Propagation": "rprivate",
    ]
  }

  private func ports(of container: SimulatedContainer) -> JSONText {
    guard container.hasProcess else { return [:] }
    let service = container.service
    let published = service.publishedPorts.map { port -> (String, JSONText) in
      ("\(port.inside)/tcp", [["HostIp": "127.0.0.1", "HostPort": .string("\(port.outside)")]])
    }
    let exposed = service.publishedPort == nil ? service.port : nil
    return .object(published + [exposed].compactMap(\.self).map { ("\($0)/tcp", .null) })
  }

  private func attached(_ container: SimulatedContainer) -> JSONText {
    .object(
      networks(of: container.service).map { name in
        let aliases: JSONText = [
          .string(container.name), .string(container.service.name),
          .string(String(container.id.prefix(12))),
        ]
        return (
          name,
          [
            "Aliases": aliases, "Gateway": .string(container.hasProcess ? "172.18.0.1" : ""),
            "IPAddress": .string(container.ip ?? ""),
          ]
        )
      })
  }

  /// A time as the engine writes it; the clock's zero is noon of 2026-01-15.
  private func timestamp(_ time: Duration?) -> String {
    guard let time else { return "0001-01-01T00:00:00Z" }
    let parts = time.components
    let borrowed = parts.attoseconds < 0
    let seconds = 1_768_478_400 + parts.seconds - (borrowed ? 1 : 0)
    let nanoseconds =
      (parts.attoseconds + (borrowed ? 1_000_000_000_000_000_000 : 0)) / 1_000_000_000
    let (days, rest) = seconds.quotientAndRemainder(dividingBy: 86_400)
    let date = Self.civil(days: days)
    func padded(_ value: Int64, _ width: Int) -> String {
      let text = "\(value)"
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T"
      + "\(padded(rest / 3600, 2)):\(padded(rest / 60 % 60, 2)):\(padded(rest % 60, 2))."
      + "\(padded(nanoseconds, 9))Z"
  }

  /// The date that is a number of days after 1970-01-01 (proleptic Gregorian calendar).
  private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let part = (5 * dayOfYear + 2) / 153
    let month = part < 10 ? part + 3 : part - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * part + 2) / 5 + 1
    )
  }
}
