package mongodb

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestAbilityIsTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var a Ability
		if !a.There() {
			t.Error("at first: got missing")
		}
		a.Missing()
		for _, step := range []struct {
			pass  time.Duration
			there bool
		}{{0, false}, {time.Minute - 1, false}, {1, true}, {time.Hour, true}} {
			<-time.After(step.pass) // of the bubble's clock
			if a.There() != step.there {
				t.Errorf("after %v more: got there %v, want %v", step.pass, !step.there, step.there)
			}
		}
	})
}
