package passkeys_test

import (
	"context"

	"github.com/ginauth/ginauth/user/usertest"
)

var cuts = []usertest.Fault{usertest.FailBefore, usertest.FailAfter}

// cut makes the write at that place and all that follow fail, as if the process had ended. It
// returns whether there was such a write.
func (w *world) cut(at int, fault usertest.Fault) *bool {
	writes, hit := 0, false
	w.Store.Plan(func(_ context.Context, call usertest.Call) usertest.Fault {
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
