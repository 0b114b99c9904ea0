import BgrunSystem
package import DeployDSL

/// The undo of a change, as the journal keeps it for a later process.
package enum JournalUndo: Codable, Hashable, Sendable {
  /// Stop a service that the run started; `before` are its previous containers.
  case stopStarted(service: ServiceID, before: ContainerLives?)
  /// Restore the site file's old bytes, which are for this colour, and switch to it.
  case restoreSite(color: Color, bytes: JournalBytes, method: FileWrite.Method)
  /// Restore a text that the run replaced in a file.
  case restoreText(TextChange)
  /// Restore a file that the run has replaced or created.
  case restoreFile(FileChange)
  /// Call the undo of a custom step.
  case code(node: Int, name: String)
  /// Run the undo steps that the plan specifies for a node.
  case steps(node: Int, name: String)

  /// A description for messages.
  package var summary: String {
    switch self {
    case .stopStarted(let service, _): "stop \(service)"
    case .restoreSite(let color, _, _): "switch back to \(color)"
    case .restoreText(let change): change.summary
    case .restoreFile(let change): change.summary
    case .code(_, let name), .steps(_, let name): "undo \(name)"
    }
  }

  /// The text that was replaced in a file; `nil` for other changes.
  func text(in file: String) -> TextChange? {
    guard case .restoreText(let change) = self, change.file == file else { return nil }
    return change
  }
}

/// A text that replaced another in a file. The rest of the file, which may hold secrets, is not
/// kept.
package struct TextChange: Codable, Hashable, Sendable {
  package var file: String
  /// What the text is, for messages.
  package var name: String
  /// The offset of both texts.
  package var start: Int
  package var old: JournalBytes
  package var new: JournalBytes

  package var summary: String { "restore \(name) in \(file)" }

  /// The bytes with the new text; `nil` if the old one is not there.
  func applied(to bytes: [UInt8]) -> [UInt8]? {
    guard start <= bytes.count, bytes[start...].starts(with: old.bytes) else { return nil }
    return bytes[..<start] + new.bytes + bytes[(start + old.bytes.count)...]
  }
}

/// A file that was replaced, or created.
package struct FileChange: Codable, Hashable, Sendable {
  package var file: String
  /// The content before; `nil` if there was no file.
  package var old: JournalBytes?
  package var new: JournalBytes

  package var summary: String { old == nil ? "remove \(file)" : "restore \(file)" }
}

/// Bytes that are encoded as base64 in JSON.
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
