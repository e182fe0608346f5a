package telemetry

// CodesKnown is exported for tests.
var CodesKnown = codesKnown

// Collections is exported for tests: the collections by the methods of stores.
func Collections() map[string]string { return collectionOf(nil) }
