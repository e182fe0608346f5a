package telemetry

// CodesKnown is exported for tests.
var CodesKnown = codesKnown
