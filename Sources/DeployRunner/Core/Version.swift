/// The version of a colour: the image that its container runs, or will run.
package struct Version: Hashable, Sendable, Codable {
  /// The image as the Compose file names it: `grafana/grafana:12.4`.
  package var image: String
  /// The image's ID, `sha256:…`; `nil` until it has been seen.
  package var id: String?
  /// The image's label `org.opencontainers.image.version`, which it may have from its base image.
  package var label: String?
  /// The image's label `org.opencontainers.image.revision`, usually a Git commit.
  package var revision: String?

  package init(
    image: String, id: String? = nil, label: String? = nil, revision: String? = nil
  ) {
    (self.image, self.id, self.label, self.revision) = (image, id, label, revision)
  }

  /// The version that a container runs.
  package init(_ container: Container) {
    self.init(
      image: container.image, id: container.imageID, label: container.versionLabel,
      revision: container.revision)
  }

  /// The image's name without tag and digest; empty for a bare ID.
  package var repository: Substring {
    if isBareID { return "" }
    let name = image.prefix { $0 != "@" }
    return tag.map { name.dropLast($0.count + 1) } ?? name
  }

  private var isBareID: Bool { image.hasPrefix("sha256:") }

  /// The tag; `nil` without one.
  private var tag: Substring? {
    let name = image.prefix { $0 != "@" }
    guard !isBareID, let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") else {
      return nil
    }
    return name[name.index(after: colon)...]
  }

  /// The first digits of a digest in the image's name; `nil` without one.
  private var digest: String? {
    let digest = isBareID ? image[...] : image.drop { $0 != "@" }.dropFirst()
    return digest.isEmpty ? nil : Self.short(digest)
  }

  /// The first seven digits of the image's ID.
  package var shortID: String? { id.map { Self.short($0[...]) } }

  /// The first seven digits of the Git revision.
  private var shortRevision: String? { revision.map { String($0.prefix(7)) } }

  private static func short(_ digest: Substring) -> String {
    String(digest.drop { $0 != ":" }.dropFirst().prefix(7))
  }

  /// The name alone: the tag, or the start of the digest: `12.4`, `latest`, `a1b2c3d`.
  package var name: String { tag.map(String.init) ?? digest ?? "latest" }

  /// What distinguishes two images of one name, the most readable first.
  private var details: [String?] { [label, shortRevision, shortID] }

  /// The version as text; a tag that moves gets a detail: `12.4`, `latest 1.4.2`, `latest a1b2c3d`.
  package var text: String {
    guard name == "latest", let detail = details.lazy.compactMap(\.self).first else { return name }
    return "\(name) \(detail)"
  }

  /// Whether the image's name has neither a digest nor a tag other than `latest`.
  package var isUnversioned: Bool { digest == nil && name == "latest" }

  fileprivate func isOtherImage(than other: Version) -> Bool { repository != other.repository }

  /// Both versions with the first detail by which they differ.
  fileprivate static func distinguished(_ from: Version, _ to: Version) -> (String, String)? {
    for (old, new) in zip(from.details, to.details) {
      if let old, let new, old != new { return ("\(from.name) \(old)", "\(to.name) \(new)") }
    }
    return nil
  }

  private enum OutputKeys: CodingKey { case name, image, id, label, revision }

  /// Encodes the name and what it is made of.
  ///
  /// - Throws: what the encoder throws.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: OutputKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(image, forKey: .image)
    try container.encodeIfPresent(id, forKey: .id)
    try container.encodeIfPresent(label, forKey: .label)
    try container.encodeIfPresent(revision, forKey: .revision)
  }
}

/// The version that a run found active, the one that it deploys, and the plan's values for it.
public struct VersionChange: Hashable, Sendable, Codable {
  /// The active version when the run started; `nil` if there was none.
  package var from: Version?
  /// The version that the run deploys; `nil` while it is unknown, before a build for example.
  package var to: Version?
  /// The values that the command line sets for the plan's parameters, without secrets; `nil` if
  /// there are none.
  package var settings: [String: String]?

  /// The change as text, as far as it is known: `12.3 → 12.4`, `latest a1b2c3d → latest e4f5a6b`,
  /// `12.4 (same image)`.
  public var text: String? {
    guard let to else { return nil }
    guard let from else { return to.text }
    if from.name != to.name { return "\(from.name) → \(to.name)" }
    if from.isOtherImage(than: to) { return "\(from.image) → \(to.image)" }
    guard let old = from.id, let new = to.id else { return to.name }
    if old == new { return "\(to.text)\(Self.sameImage)" }
    guard let (before, after) = Version.distinguished(from, to) else { return to.text }
    return "\(before) → \(after)"
  }

  private static let sameImage = " (same image)"

  /// The change in parentheses, after a text: ` (12.3 → 12.4)`, ` (12.4, same image)`.
  package var remark: String {
    guard let text else { return "" }
    guard text.hasSuffix(Self.sameImage) else { return " (\(text))" }
    return " (\(text.dropLast(Self.sameImage.count)), same image)"
  }

  /// The settings as text: `tag=12.4 debug=yes`; `nil` without any.
  package var settingsText: String? {
    guard let settings, !settings.isEmpty else { return nil }
    return settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      .joined(separator: " ")
  }

  private enum OutputKeys: CodingKey { case from, to, settings, text }

  /// Encodes the versions, and the change as text.
  ///
  /// - Throws: what the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: OutputKeys.self)
    try container.encodeIfPresent(from, forKey: .from)
    try container.encodeIfPresent(to, forKey: .to)
    try container.encodeIfPresent(settings, forKey: .settings)
    try container.encodeIfPresent(text, forKey: .text)
  }
}

extension Version {
  func redacted(by redact: (String) -> String) -> Version {
    Version(
      image: redact(image), id: id, label: label.map(redact), revision: revision.map(redact))
  }
}

extension VersionChange {
  func redacted(by redact: (String) -> String) -> VersionChange {
    VersionChange(
      from: from?.redacted(by: redact), to: to?.redacted(by: redact),
      settings: settings?.mapValues(redact))
  }
}
