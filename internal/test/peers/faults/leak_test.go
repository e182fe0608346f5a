package faults

import (
	"runtime"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user/usertest"
)

// Every operation, with a store that works, fails at once, and fails in the middle:
// afterwards goroutines and heap are what they were. It runs beside no other test.
func TestF49BackToBaseLine(t *testing.T) {
	everyOperation := func() {
		for _, op := range operations() {
			for _, failing := range []int{0, 1, 3} {
				w := newWorld(quiet{t}, memory(t), op.config)
				op.people(w)
				w.run(op.prepare(w), func(n int, _ usertest.Call) usertest.Fault {
					return when(failing > 0 && n >= failing, usertest.FailAfter)
				})
				w.shutdown(t)
			}
		}
	}
	everyOperation() // what is made once is made now
	goroutines, heap := runtime.NumGoroutine(), heapInUse()
	everyOperation()
	for deadline := time.Now().Add(30 * time.Second); runtime.NumGoroutine() > goroutines && time.Now().Before(deadline); {
		runtime.Gosched()
	}
	if got := runtime.NumGoroutine(); got > goroutines {
		t.Errorf("got %d goroutines, %d before", got, goroutines)
	}
	const noise = 4 << 20
	if got := heapInUse(); got > heap+noise {
		t.Errorf("got %d bytes of heap, %d before", got, heap)
	}
}

func heapInUse() uint64 {
	runtime.GC()
	runtime.GC() // what the first one has found to be finalized
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
