/// What has surely happened when a node begins; nodes are given by their number.
struct OrderFacts {
  /// The number of no node.
  static let none = -1

  private(set) var isDetected = false
  private(set) var isSwapped = false
  private(set) var isReloaded = false
  private(set) var isPreviousStopped = false
  /// The last node that starts, stops or switches something.
  private(set) var change = none
  /// The last node that starts or stops the target.
  private(set) var targetChange = none
  /// The last node that makes an image of the target.
  private(set) var image = none
  /// The target's change that the last gate saw; `nil` if there was no gate.
  private(set) var gated: Int?

  mutating func formUnion(_ other: OrderFacts) {
    isDetected = isDetected || other.isDetected
    isSwapped = isSwapped || other.isSwapped
    isReloaded = isReloaded || other.isReloaded
    isPreviousStopped = isPreviousStopped || other.isPreviousStopped
    change = max(change, other.change)
    targetChange = max(targetChange, other.targetChange)
    image = max(image, other.image)
    if let theirs = other.gated { gated = max(gated ?? theirs, theirs) }
  }

  mutating func add(_ node: Node) {
    if node.action.isChange { change = node.id }
    if node.action.makesImage { image = node.id }
    switch node.action {
    case .detectActive: isDetected = true
    case .up(let step) where step.role == .target: targetChange = node.id
    case .start(let step) where step.role == .target: targetChange = node.id
    case .stop(let step) where step.role == .target: targetChange = node.id
    case .health(let step) where step.role == .target: gated = targetChange
    case .swapNginx: isSwapped = true
    case .reload: isReloaded = true
    case .stop(let step) where step.role == .previous: isPreviousStopped = true
    case .up(let step) where step.role == .previous: isPreviousStopped = false
    case .start(let step) where step.role == .previous: isPreviousStopped = false
    default: break
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
}
