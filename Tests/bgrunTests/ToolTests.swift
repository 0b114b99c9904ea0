import Testing

/// Tests that run the built tool as people do. One after the other: each starts a compiler.
@Suite("The tool", .serialized)
enum ToolTests {}
