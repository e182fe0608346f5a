package refresh

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// rounds is how often a rotation is tried when others change the record meanwhile.
const rounds = 3

// errContended says that others have changed the record each time.
var errContended = errors.New("refresh: the login was changed by others")

// ReadRefresh implements [backends.Refresher].
func (t *tokens) ReadRefresh(ctx context.Context, text string) (backends.Identity, bool, error) {
	token, ok := readToken(text)
	if !ok {
		return backends.Identity{}, false, nil
	}
	record, owner, err := t.find(ctx, token.family.hash())
	if err != nil || record == nil || !t.mac.authentic(token, record.Rotation.Salt) || !t.Alive(*record) {
		return backends.Identity{}, false, err
	}
	login := user.LoginOf(*record)
	login.Session = token.family.session()
	return backends.Identity{
		UserID: record.UserID, TokenVersion: record.TokenVersion, TokenHash: record.Hash,
		Record: record, User: owner, Login: login, ExpiresAt: record.ExpiresAt,
	}, true, nil
}

// EndRefresh implements [backends.Refresher]. A client that hangs up does not stop it.
func (t *tokens) EndRefresh(ctx context.Context, identity backends.Identity) error {
	_, err := records.StoreCall(context.WithoutCancel(ctx), func(ctx context.Context) (struct{}, error) {
		return struct{}{}, t.store.DeleteToken(ctx, identity.TokenHash)
	})
	return err
}

// verdict is what becomes of an authentic refresh token.
type verdict int

const (
	refused  verdict = iota // it is newer than the record, of a backup
	current                 // it is the valid one
	repeated                // it was replaced a moment ago: the same answer again
	lost                    // its successor never arrived
	proven                  // a proof of the identity has replaced it a moment ago
	worn                    // there are no more generations
	reused                  // two clients have it
)

// judge decides about a token of that generation. The clocks of instances may differ,
// and one that was set back must not make the grace longer.
func (t *tokens) judge(r records.Rotation, generation uint32) verdict {
	age := t.time().Sub(r.RotatedAt).Abs()
	switch {
	case generation > r.Generation:
		return refused
	case generation == r.Generation && generation == math.MaxUint32:
		return worn
	case generation == r.Generation:
		return current
	case r.Parent == 0 && generation == r.Generation-1 && age <= t.strategy.Grace:
		return proven
	case generation != r.Parent:
		return reused
	case age <= t.strategy.Grace:
		return repeated
	case t.strategy.LostAnswer > 0 && age <= t.strategy.LostAnswer && !r.Lost && r.Generation == r.Parent+1 && r.Generation < math.MaxUint32:
		return lost
	}
	return reused
}

// Refresh implements [backends.Refresher].
func (t *tokens) Refresh(ctx context.Context, text string, identity backends.Identity, u *user.User) (backends.Issued, error) {
	token, ok := readToken(text)
	if !ok {
		return backends.Issued{}, backends.ErrRefreshRefused
	}
	record := *identity.Record
	for range rounds {
		next := record.Rotation
		switch t.judge(record.Rotation, token.generation) {
		case refused:
			return backends.Issued{}, backends.ErrRefreshRefused
		case repeated:
			return t.issue(ctx, token.family, record, u)
		case proven: // another tab of the browser has the successor, or a thief wants it
			return backends.Issued{}, fmt.Errorf("%w: %w", user.ErrUnavailable, errContended)
		case worn:
			return backends.Issued{}, errors.Join(backends.ErrRefreshRefused, t.EndRefresh(ctx, identity))
		case reused:
			return backends.Issued{}, t.endReused(ctx, record.Hash)
		case current:
			next.Parent, next.Lost = next.Generation, false
		case lost:
			next.Lost = true
		}
		stored, rotated, err := t.rotate(ctx, record, next, user.Login{User: u, Methods: record.Methods, At: record.AuthenticatedAt})
		switch {
		case errors.Is(err, user.ErrNotFound):
			return backends.Issued{}, backends.ErrRefreshRefused
		case err != nil:
			return backends.Issued{}, err
		case rotated:
			return t.issue(ctx, token.family, stored, u)
		}
		record = stored
	}
	return backends.Issued{}, fmt.Errorf("%w: %w", user.ErrUnavailable, errContended)
}

// rotate makes the next generation the valid one, in one conditional write: that of the
// user as loaded, so that it is never newer than a revocation. Where the record has
// changed meanwhile it returns that, and [user.ErrNotFound] where that has ended.
func (t *tokens) rotate(ctx context.Context, record records.Token, next records.Rotation, login user.Login) (records.Token, bool, error) {
	now := t.timeOf(record)
	request := user.RequestFrom(ctx)
	after := record.SeenAt(now, request.ClientIP, request.UserAgent)
	after.TokenVersion, after.Methods, after.AuthenticatedAt = login.User.TokenVersion, login.Methods, login.At
	after.ExpiresAt = earlier(now.Add(t.strategy.Idle), next.AbsoluteAt)
	next.Generation++
	next.RotatedAt = now
	after.Rotation = next
	rotated := false
	stored, err := records.StoreCall(ctx, func(ctx context.Context) (stored records.Token, err error) {
		stored, rotated, err = t.store.RotateToken(ctx, record, after, now)
		return stored, err
	})
	if absent := t.absent(ctx, err); absent != nil {
		return records.Token{}, false, fmt.Errorf("refresh: rotate token: %w", absent)
	}
	same := stored.Hash == record.Hash && stored.UserID == record.UserID && stored.Backend == record.Backend
	if err != nil || !same || !rotated && !t.Alive(stored) {
		return records.Token{}, false, user.ErrNotFound
	}
	return stored, rotated, nil
}

// endReused ends a family whose token two clients have. A client that hangs up does not
// stop it. Of several calls one says that it was reuse.
func (t *tokens) endReused(ctx context.Context, hash string) error {
	taken, err := records.StoreCall(context.WithoutCancel(ctx), func(ctx context.Context) (bool, error) {
		return t.store.TakeToken(ctx, hash)
	})
	switch {
	case err != nil:
		return fmt.Errorf("refresh: end login: %w", err)
	case taken:
		return backends.ErrRefreshReused
	}
	return backends.ErrRefreshRefused
}

// Renew implements [backends.Renewer]: the methods and the time of a new proof are stored
// by the write that replaces the refresh token. The one that was replaced is no parent: it
// does not return a successor, by which a thief would become as fresh as the owner.
func (t *tokens) Renew(ctx context.Context, _ string, identity backends.Identity, login user.Login) (backends.Issued, error) {
	f, ok := readSession(identity.Login.Session)
	if !ok {
		return backends.Issued{}, user.ErrNotFound
	}
	found, _, err := t.find(ctx, f.hash())
	if err != nil {
		return backends.Issued{}, err
	}
	if found == nil || found.UserID != login.User.ID || !t.Alive(*found) {
		return backends.Issued{}, user.ErrNotFound
	}
	record := *found
	for range rounds {
		next := record.Rotation
		if next.Generation == math.MaxUint32 {
			return backends.Issued{}, user.ErrNotFound
		}
		next.Parent, next.Lost = 0, false
		stored, rotated, err := t.rotate(ctx, record, next, login)
		if err != nil {
			return backends.Issued{}, err
		}
		if rotated {
			return t.issue(ctx, f, stored, login.User)
		}
		record = stored
	}
	return backends.Issued{}, fmt.Errorf("%w: %w", user.ErrUnavailable, errContended)
}
