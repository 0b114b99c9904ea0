// For every file of the tool.
@_exported import BgrunSystem
