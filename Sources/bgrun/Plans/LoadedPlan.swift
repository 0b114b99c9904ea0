import DeployDSL

/// A plan that has been compiled, loaded and found to be without mistakes.
struct LoadedPlan {
  let file: PlanFile
  let plan: Deploy
  let graph: StepGraph
}
