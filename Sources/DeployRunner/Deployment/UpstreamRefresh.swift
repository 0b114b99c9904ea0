/// Makes sure that nginx sends requests to the active service's current container, not to an
/// outdated address.
///
/// nginx resolves names when it loads its configuration, and never again. If the active service's
/// container was recreated since, its old address may belong to the other colour by now: then the
/// site file does not tell the active colour, and starting the target would cause an outage.
struct UpstreamRefresh {
  /// `ps` counts in whole seconds: ages that differ by less may be equal.
  private static let tolerance: Duration = .seconds(1)

  let context: ActionContext

  /// Reloads the proxy if its workers are older than one of the service's containers.
  ///
  /// - Throws: ``DeployError`` if nginx does not resolve the name again.
  func ensure(of containers: [Container], for workers: ProxyWorkers) async throws {
    // The ports of this machine stay the same.
    guard context.state.current.proxy?.running.isInHostNetwork != true else { return }
    // A resumed run may have reloaded already: its own steps know the active colour.
    guard context.resumeState == nil, let oldest = workers.accepting.map(\.age).max() else {
      return
    }
    var young: Container?
    for container in containers {
      let call = DockerCLI.top(container.name)
      guard case .processes(let table) = try await context.perform(.call(call), .observe).value,
        let age = table.rows.compactMap(\.age).max(), oldest > age + Self.tolerance
      else { continue }
      young = container
      break
    }
    guard let young else { return }
    context.note(
      "\(containers.count > 1 ? young.name : "\(context.serviceID(of: young))") was started after "
        + "nginx had looked up its address: reloading, so that requests go to where it is now")
    let site = ProxySwitch(context: context)
    let before = try await site.beforeReload()
    try await site.reload(before, within: .seconds(10), isSwitch: false)
    let left = try await site.drain(before.workers, upTo: .seconds(30))
    if left > 0 {
      context.warn(
        "\(ProxyWorkers.old(left)) may still send requests to the old address")
    }
  }
}
