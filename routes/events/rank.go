package events

import (
	"context"
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
)

// rank decides for one request whose events the user who asks may see: superusers those of
// all users, others those of users who may do no more than they. It reads each user once.
type rank struct {
	manager *user.Manager
	asks    *user.User
	covered map[user.ID]bool
}

func (e *Events) rank(c *gin.Context) *rank {
	return &rank{e.routes.Manager(), routes.ResultFrom(c).User, map[user.ID]bool{}}
}

// covers reports whether a user may do no more than the one who asks. What a user who is
// gone could do is not known any more, which is a no.
func (r *rank) covers(ctx context.Context, id user.ID) (bool, error) {
	if r.asks.IsSuperuser || id == "" || id == r.asks.ID {
		return true, nil
	}
	if covered, known := r.covered[id]; known {
		return covered, nil
	}
	u, err := r.manager.ByID(ctx, id)
	switch {
	case errors.Is(err, user.ErrNotFound), errors.Is(err, user.ErrDamaged):
		r.covered[id] = false
	case err != nil:
		return false, err
	default:
		r.covered[id] = r.manager.Covers(r.asks, u)
	}
	return r.covered[id], nil
}

// allow reports what is shown of an event.
func (r *rank) allow(ctx context.Context, e user.Event) (view, error) {
	if shown, err := r.covers(ctx, e.User); err != nil || !shown {
		return view{}, err
	}
	covered, err := r.covers(ctx, e.Actor)
	return view{shown: true, hideActor: !covered}, err
}
