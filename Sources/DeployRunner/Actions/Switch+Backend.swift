import DeployDSL

/// Where the site file sends requests to, tried before anything is switched.
extension Switch {
  private static let patience: Duration = .seconds(2)

  /// Makes sure that the target listens where the site file sends requests.
  ///
  /// The gate may have asked another port: clients would then get 502 until the proof of the reload
  /// gives up. It is tried at the container's own address, which this machine need not reach: only
  /// a refusal beside the gate's port that is open there tells.
  func targetListens(for bytes: [UInt8], from source: String) async throws {
    let target = try context.ledger.color(.target)
    let service = application.service(target)
    guard let container = context.ledger.current.gated[service], let host = container.address,
      let known = try? Address(service: service, container: container, context: context)
        .containerPort()
    else { return }
    for port in SiteText(bytes).ports(of: hosts[target]) where port != known {
      guard try await isOpen(host, known) == true, try await isOpen(host, port) == false else {
        continue
      }
      throw StepFailure(
        .configuration, "\(source) sends requests to \(service):\(port), where nobody listens",
        fix: "the gate has asked port \(known): write that, or gate the other one with "
          + "Health(.target, .tcp(port: \(port)))")
    }
  }

  /// Whether a port is open; `nil` if that cannot be told.
  private func isOpen(_ host: String, _ port: Int) async throws -> Bool? {
    do {
      try await context.connect(host: host, port: port, timeout: Self.patience)
      return true
    } catch OperationFailure.noAnswer(let reason) {
      return reason.contains("refused") ? false : nil
    } catch is OperationFailure {
      return nil
    }
  }
}
