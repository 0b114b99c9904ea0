import DeployDSL

/// Makes sure that nginx sends requests to the container that serves now, not to its address of
/// before.
///
/// nginx resolves names when it loads its configuration, and never again. If the active service's
/// container was made anew since, its old address may belong to the other colour by now: what the
/// site file says is then not what serves, and starting the target would be an outage.
struct UpstreamRefresh {
  /// `ps` counts in whole seconds: two ages that differ by less may be the same.
  private static let tolerance: Duration = .seconds(1)

  let context: ActionContext

  /// Reloads the proxy if its workers are older than the container.
  ///
  /// - Throws: ``DeployError`` if nginx cannot be made to look the name up again.
  func ensure(of container: Container, for workers: ProxyWorkers) async throws {
    // A run that is taken up may have reloaded already: its own steps know what serves.
    guard context.resumeState == nil else { return }
    let call = context.docker.top(container.name)
    guard case .processes(let table) = try await context.perform(.call(call), .observe).value,
      let age = table.rows.compactMap(\.age).max(),
      let oldest = workers.accepting.map(\.age).max(), oldest > age + Self.tolerance
    else { return }
    context.note(
      "\(container.service) was started after nginx had looked up its address: reloading, so that "
        + "requests go to where it is now")
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
