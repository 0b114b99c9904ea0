import DeployDSL

/// Where a service's container can be reached.
struct Address {
  let service: ServiceID
  let container: Container?
  let context: ActionContext

  private var project: ComposeProject? { context.state.current.project }

  var containerName: String {
    container?.name ?? project?.containerName(of: service) ?? service.name
  }

  /// The name by which the proxy reaches the container: the service's, unless other containers have
  /// it, too.
  var host: String {
    service.project != nil || context.isReplicated(service) ? containerName : service.name
  }

  /// The port inside the container: the plan's, else the Compose file's first, else the one to
  /// which the site sends requests.
  func containerPort() throws -> Int {
    let sites = context.state.current.proxy?.siteServices.values
    let isWorker = context.application.isWorker(service)
    let said =
      isWorker
      ? sites?.lazy.compactMap { $0.ports[service]?.min() }.first : context.application.port
    if let port = said ?? project?[service]?.firstPort { return port }
    // What it names otherwise is a port of this machine.
    let named = sites?.first { $0.byName.contains(service) }?.ports[service] ?? []
    if named.count == 1, let port = named.first { return port }
    throw DeployError(
      .plan, "the port of \(service) is not known: neither the plan nor the Compose file sets it",
      fix: "set it with Deploy(…, port: 3000)")
  }

  /// The published address: the container's, else the Compose file's.
  func published(_ port: Int) -> PublishedAddress? {
    container?.publishedAddress(of: port) ?? project?.publishedAddress(of: service, port: port)
  }

  func requirePublished(_ port: Int) throws -> PublishedAddress {
    if let address = published(port) { return address }
    throw DeployError(
      .plan, "\(service) does not publish its port \(port) on this machine",
      fix: "publish it in the Compose file, or check it from the proxy: Health(…, via: .proxy)")
  }

  func proxyContainer() throws -> String {
    if let proxy = context.state.current.proxy {
      if let container = proxy.running.container { return container.name }
      throw DeployError(
        .plan, "\(context.application.proxy.nginx) has no container to check \(service) from",
        fix: "publish the port of \(service) on 127.0.0.1 in the Compose file, and leave out "
          + "via: .proxy")
    }
    throw DeployError(
      .plan, "the proxy is not known yet", fix: "put DetectActive() before Health()")
  }
}
