import BgrunSystem
import DeployDSL

/// The usual name of the state folder in the Compose project.
package let stateFolderName = ".bgrun"

/// Errors of bgrun's own files, with path, cause and fix.
enum StateErrorClassifier {
  /// A system call failed with `errno`.
  static func cannot(_ verb: String, _ path: String, _ problem: Int32 = errno) -> DeployError {
    let reason = String(cString: strerror(problem))
    return DeployError(
      .environment, "cannot \(verb) \(path): \(reason)", fix: fix(for: problem, path))
  }

  private static func fix(for problem: Int32, _ path: String) -> String {
    switch problem {
    case ENOSPC, EDQUOT: "free some disk space, then run it again"
    case EROFS: "the file system is read-only: choose another state folder (--state DIR)"
    case EACCES, EPERM:
      "run bgrun as the folder's owner (`ls -ld \(path)`), or let a group share it: "
        + sharing(shared(path))
    case ENOENT, ENOTDIR:
      "create its parent folder, or choose another state folder (--state DIR)"
    case ELOOP: "it is a symbolic link, which bgrun does not follow here: remove it"
    case ENOLCK, ENOTSUP:
      "the file system has no locks: keep the project and its state folder on a local disk"
    default: "check the disk and the folder (`ls -ld \(path)`)"
    }
  }

  static func symlink(_ path: String) -> DeployError {
    DeployError(
      .environment, "the state folder \(path) is a symbolic link, which bgrun does not follow",
      fix: "remove the link (`rm \(path)`), or specify the folder that it points to")
  }

  static func noFolder(_ path: String) -> DeployError {
    DeployError(
      .environment, "the state folder \(path) is not a folder",
      fix: "move it away, so that bgrun can create the folder")
  }

  static func stranger(_ path: String, owner: String) -> DeployError {
    DeployError(
      .environment,
      "the state folder \(path) belongs to \(owner), and bgrun runs as \(ThisHost.account)",
      fix: "run bgrun as \(owner), let a group share it: \(sharing(path)), or transfer it: "
        + "`sudo chown -R \(ThisHost.account) \(path)`")
  }

  /// The command that shares a folder with a group.
  private static func sharing(_ path: String) -> String {
    let group = getgrnam("docker") == nil ? "GROUP" : "docker"
    return "`sudo chgrp -R \(group) \(path) && sudo chmod -R g+rwX \(path)`"
  }

  /// The folder to share so that a path can be used: the whole state folder, or its parent.
  private static func shared(_ path: String) -> String {
    var parts = path.split(separator: "/", omittingEmptySubsequences: false)
    if let state = parts.firstIndex(where: { $0 == stateFolderName }) {
      parts = Array(parts[...state])
    }
    let folder = parts.joined(separator: "/")
    return Files.exists(folder) ? folder : parts.dropLast().joined(separator: "/")
  }

  static func writableByOthers(_ path: String) -> DeployError {
    DeployError(
      .environment, "the state folder \(path) can be written by every user",
      fix: "check its files, then run `chmod o= \(path)`")
  }

  static func badName(_ name: String) -> DeployError {
    DeployError(
      .plan, "\"\(name)\" cannot be the name of a file or folder in the state folder",
      fix: "use lower-case letters, digits, '-', '_' and '.', beginning with a letter or digit")
  }
}
