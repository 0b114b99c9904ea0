/// The facts that are certain when a node begins; nodes are identified by their number.
package struct OrderFacts {
  /// Stands for no node.
  static let none = -1

  package private(set) var isDetected = false
  package private(set) var isSwapped = false
  /// Whether the switch may have begun on some path to here.
  package private(set) var mayBeSwapped = false
  package private(set) var isReloaded = false
  /// Whether the site file may have been replaced without a reload after it.
  package private(set) var isSwapPending = false
  /// Whether the previous colour may have been stopped on some path to here.
  package private(set) var mayHaveStoppedPrevious = false
  package private(set) var isTargetStarted = false
  /// The last node that starts, stops or switches something.
  package private(set) var change = none
  /// The last node that starts or stops the target.
  package private(set) var targetChange = none
  /// The last node that produces an image of the target.
  package private(set) var image = none
  /// The target's change that the last health check covered; `nil` without a health check.
  package private(set) var gated: Int?
  /// The values that have been set.
  package private(set) var written: Set<Keys.ID> = []

  mutating func formUnion(_ other: OrderFacts) {
    let isSettled = isSwapSettled || other.isSwapSettled
    isSwapPending = (isSwapPending || other.isSwapPending) && !isSettled
    isDetected = isDetected || other.isDetected
    isSwapped = isSwapped || other.isSwapped
    mayBeSwapped = mayBeSwapped || other.mayBeSwapped
    isReloaded = isReloaded || other.isReloaded
    mayHaveStoppedPrevious = mayHaveStoppedPrevious || other.mayHaveStoppedPrevious
    isTargetStarted = isTargetStarted || other.isTargetStarted
    change = max(change, other.change)
    targetChange = max(targetChange, other.targetChange)
    image = max(image, other.image)
    if let theirs = other.gated { gated = max(gated ?? theirs, theirs) }
    if !other.written.isEmpty { written.formUnion(other.written) }
  }

  /// The facts at a join of alternative branches: the certain effects of all, and the possible
  /// effects of any.
  static func meeting(of branches: [OrderFacts]) -> OrderFacts {
    guard var facts = branches.first else { return OrderFacts() }
    for other in branches.dropFirst() { facts.formIntersection(other) }
    return facts
  }

  private var isSwapSettled: Bool { mayBeSwapped && !isSwapPending }

  private mutating func formIntersection(_ other: OrderFacts) {
    isSwapPending = isSwapPending || other.isSwapPending
    let isGated = gated == targetChange && other.gated == other.targetChange
    // A health check that does not cover its own branch's change does not cover a later one either.
    let stale = gated == targetChange ? other.gated : gated
    isDetected = isDetected && other.isDetected
    isSwapped = isSwapped && other.isSwapped
    mayBeSwapped = mayBeSwapped || other.mayBeSwapped
    isReloaded = isReloaded && other.isReloaded
    mayHaveStoppedPrevious = mayHaveStoppedPrevious || other.mayHaveStoppedPrevious
    isTargetStarted = isTargetStarted && other.isTargetStarted
    written.formIntersection(other.written)
    let isSomewhereNil = gated == nil || other.gated == nil
    change = max(change, other.change)
    targetChange = max(targetChange, other.targetChange)
    image = max(image, other.image)
    gated = isSomewhereNil ? nil : isGated ? targetChange : stale
  }

  mutating func add(_ node: Node) {
    if node.step.has(.inOrder) { change = node.id }
    written.formUnion(node.writes)
    switch node.step.effect {
    case .detects: isDetected = true
    case .makesImage(.target): image = node.id
    case .starts(.target): (targetChange, isTargetStarted) = (node.id, true)
    case .stops(.target): (targetChange, isTargetStarted) = (node.id, false)
    case .starts(.previous): mayHaveStoppedPrevious = false
    case .stops(.previous): mayHaveStoppedPrevious = true
    case .gates(.target): gated = targetChange
    case .swaps: (isSwapped, mayBeSwapped, isSwapPending) = (true, true, true)
    case .reloads: (isReloaded, isSwapPending) = (true, false)
    default: break
    }
  }
}
