// A test needs `import DeployTesting` and `import Testing`, and nothing else.
@_exported public import DeployDSL
@_exported public import DeployRunner
@_exported public import DeploySimulator
