/// What has surely happened when a node begins; nodes are given by their number.
struct OrderFacts {
  /// The number of no node.
  static let none = -1

  private(set) var isDetected = false
  private(set) var isSwapped = false
  /// Whether the switch may have begun, on some way to here.
  private(set) var mayBeSwapped = false
  private(set) var isReloaded = false
  /// Whether the site file may have been replaced without a reload after it.
  private(set) var isSwapPending = false
  /// Whether the previous colour may have been stopped, on some way to here.
  private(set) var mayHaveStoppedPrevious = false
  private(set) var isTargetStarted = false
  /// The last node that starts, stops or switches something.
  private(set) var change = none
  /// The last node that starts or stops the target.
  private(set) var targetChange = none
  /// The last node that makes an image of the target.
  private(set) var image = none
  /// The target's change that the last gate saw; `nil` if there was no gate.
  private(set) var gated: Int?
  /// The values that have been set.
  private(set) var written: Set<Keys.ID> = []

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

  /// What holds where branches of which only one is done meet: what all of them brought about, and
  /// what any of them may have done.
  static func meeting(of branches: [OrderFacts]) -> OrderFacts {
    guard var facts = branches.first else { return OrderFacts() }
    for other in branches.dropFirst() { facts.formIntersection(other) }
    return facts
  }

  private var isSwapSettled: Bool { mayBeSwapped && !isSwapPending }

  private mutating func formIntersection(_ other: OrderFacts) {
    isSwapPending = isSwapPending || other.isSwapPending
    let isGated = gated == targetChange && other.gated == other.targetChange
    // The gate of a branch that has not seen its own change has seen no later one either.
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
    if node.action.isChange { change = node.id }
    if node.action.makesImage { image = node.id }
    written.formUnion(node.writes)
    switch node.action {
    case .detectActive: isDetected = true
    case .up, .start, .stop: addLife(node)
    case .health(let step) where step.role == .target: gated = targetChange
    case .swapNginx: (isSwapped, mayBeSwapped, isSwapPending) = (true, true, true)
    case .reload: (isReloaded, isSwapPending) = (true, false)
    default: break
    }
  }
}

extension OrderFacts {
  private mutating func addLife(_ node: Node) {
    let starts: Bool
    let role: Role
    switch node.action {
    case .up(let step): (starts, role) = (true, step.role)
    case .start(let step): (starts, role) = (true, step.role)
    case .stop(let step): (starts, role) = (false, step.role)
    default: return
    }
    switch role {
    case .target:
      targetChange = node.id
      isTargetStarted = starts
    case .previous: mayHaveStoppedPrevious = !starts
    case .active: break
    }
  }
}

extension Action {
  /// Whether it starts, stops or switches something.
  var isChange: Bool {
    switch self {
    case .up, .start, .stop, .swapNginx, .reload, .drain, .watch: true
    default: false
    }
  }

  /// Whether it makes the image that `Up(.target)` starts.
  var makesImage: Bool {
    switch self {
    case .pull(let step): step.role == .target
    case .build(let step): step.role == .target
    default: false
    }
  }

  var startsTarget: Bool {
    switch self {
    case .up(let step): step.role == .target
    case .start(let step): step.role == .target
    default: false
    }
  }

  var stopsTarget: Bool {
    if case .stop(let step) = self { step.role == .target } else { false }
  }
}
