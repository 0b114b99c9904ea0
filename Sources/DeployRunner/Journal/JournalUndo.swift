package import DeployDSL

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What takes a change back, as a journal keeps it for the process that comes after a dead one.
package enum JournalUndo: Codable, Hashable, Sendable {
  /// Stop a service that the run started; `before` is the container that there was.
  case stopStarted(service: String, before: ContainerLife?)
  /// Put the site file's old bytes back, and go back to the colour that they are for.
  case restoreSite(color: Color, bytes: JournalBytes, method: FileWrite.Method)
  /// Call the undo of a step's own code.
  case code(node: Int, name: String)
  /// Run the steps that the plan says for a node.
  case steps(node: Int, name: String)

  /// What is done, for people.
  package var summary: String {
    switch self {
    case .stopStarted(let service, _): "stop \(service)"
    case .restoreSite(let color, _, _): "switch back to \(color)"
    case .code(_, let name), .steps(_, let name): "undo \(name)"
    }
  }
}

/// One life of a container: it ends with every restart.
package struct ContainerLife: Codable, Hashable, Sendable {
  package var id: String
  package var startedAt: String
  package var wasRunning: Bool

  package init(id: String, startedAt: String, wasRunning: Bool) {
    self.id = id
    self.startedAt = startedAt
    self.wasRunning = wasRunning
  }
}

/// Bytes, as base64 in JSON.
package struct JournalBytes: Codable, Hashable, Sendable {
  package var bytes: [UInt8]

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let data = Data(base64Encoded: try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not base64")
    }
    bytes = Array(data)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(Data(bytes).base64EncodedString())
  }
}

extension FileWrite.Method: Codable {}
