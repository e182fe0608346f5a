package usertest

import (
	"log/slog"
	"sync"
	"testing"
)

// warnOutside logs, once, that a program which is no test works on a store in memory.
var warnOutside = sync.OnceFunc(func() {
	if !testing.Testing() {
		slog.Warn("usertest: this store is for tests: it keeps users in memory and loses them all when the program ends; use mongostore or a store of your own")
	}
})
