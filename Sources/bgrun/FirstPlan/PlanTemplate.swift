import DeployDSL

/// The plan that `bgrun init` writes.
struct PlanTemplate {
  let layout: ProjectScan

  /// The text of the plan's file.
  var text: String {
    """
    import DeployDSL

    // The services \(layout.pair.blue) and \(layout.pair.green) are behind the service \
    \(layout.proxy).
    \(head) {
      DetectActive()
      \(layout.isBuilt ? "Build" : "Pull")(.target)
      Up(.target)
      Health(retries: 15, every: 2)
      SwapNginx()
      Reload()
      Stop(.previous)
      Prune()
    }

    """
  }

  /// The call, with what differs from the defaults.
  private var head: String {
    let usual = ProjectScan(named: layout.name)
    var arguments = [layout.name.quoted]
    if layout.pair.blue != usual.pair.blue || layout.pair.green != usual.pair.green {
      arguments.append("blue: \(layout.pair.blue.quoted), green: \(layout.pair.green.quoted)")
    }
    if !layout.workers.isEmpty {
      let list = layout.workers.map(\.asWorker).joined(separator: ", ")
      arguments.append("workers: [\(list)]")
    }
    if layout.proxy != usual.proxy { arguments.append("proxy: \(layout.proxy.quoted)") }
    if layout.site != usual.site { arguments.append("site: \(site)") }
    if let port = layout.port { arguments.append("port: \(port)") }
    arguments.append("health: \"/\"")
    return arguments.count < 3
      ? "Deploy(\(arguments.joined(separator: ", ")))"
      : "Deploy(\n  \(arguments.joined(separator: ",\n  "))\n)"
  }

  private var site: String {
    let site = layout.site
    let isUsual = Site(site.file) == site
    return isUsual
      ? "Site(\(site.file.quoted))"
      : "Site(\(site.file.quoted), blue: \(site.blue.quoted), green: \(site.green.quoted))"
  }
}

extension ProjectScan.Pair {
  /// The pair as an element of `workers:`.
  fileprivate var asWorker: String {
    blue == "\(stem)-blue" && green == "\(stem)-green"
      ? stem.quoted
      : "Worker(\(stem.quoted), blue: \(blue.quoted), green: \(green.quoted))"
  }
}

extension String {
  /// The text as a Swift literal.
  fileprivate var quoted: String { debugDescription }
}
