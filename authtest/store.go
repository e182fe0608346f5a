package authtest

import (
	"github.com/ginauth/ginauth/user/usertest"
)

// store is the store in memory. It leads Matrix, which is given an Auth only, to
// the clock of that Auth.
type store struct {
	*usertest.Store
	clock *Clock
}

// clocked is a store that knows the clock it is tested with.
type clocked interface{ testClock() *Clock }

func (s *store) testClock() *Clock { return s.clock }
