package passkeys_test

import (
	"context"
	"sync"

	"github.com/ginauth/ginauth/user/usertest"
)

// together runs n calls at once and returns how many reported true.
func together(n int, run func(i int) bool) (wins int) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			if run(i) {
				mu.Lock()
				wins++
				mu.Unlock()
			}
		})
	}
	close(start)
	wg.Wait()
	return wins
}

var cuts = []usertest.Fault{usertest.FailBefore, usertest.FailAfter}

// cut makes the write at that place and all that follow fail, as if the process had ended. It
// returns whether there was such a write.
func (w *world) cut(at int, fault usertest.Fault) *bool {
	writes, hit := 0, false
	w.store.Plan(func(_ context.Context, call usertest.Call) usertest.Fault {
		if !call.Writes || call.Method == "TouchToken" {
			return usertest.NoFault
		}
		writes++
		switch {
		case writes <= at:
			return usertest.NoFault
		case writes == at+1:
			hit = true
			return fault
		}
		return usertest.FailBefore
	})
	return &hit
}

func countReads(n *int) usertest.FaultPlan {
	return func(_ context.Context, _ usertest.Call) usertest.Fault {
		*n++
		return usertest.NoFault
	}
}

func countWrites(n *int) usertest.FaultPlan {
	return func(_ context.Context, c usertest.Call) usertest.Fault {
		if c.Writes {
			*n++
		}
		return usertest.NoFault
	}
}
