package backends

import (
	"context"
	"fmt"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// recordedJWTs are the tokens of [JWT] with Record: a token is valid only while its
// record exists. It is an allow list: a store that loses its records logs people out and
// never in.
type recordedJWTs struct {
	*jwtTokens
	*recordKeeper
}

var (
	_ Tokens   = (*recordedJWTs)(nil)
	_ Recorder = (*recordedJWTs)(nil)
	_ Renewer  = (*recordedJWTs)(nil)
	_ Toucher  = (*recordedJWTs)(nil)
)

// Write implements [Tokens].
func (r *recordedJWTs) Write(ctx context.Context, login user.Login) (Issued, error) {
	now := r.time()
	return r.issueRecorded(ctx, login, now, now, ImpersonationEnd(login, now, r.expiry(now)), false)
}

// issueRecorded issues a token of a session that began at created, in the place of another
// where it renews that session.
func (r *recordedJWTs) issueRecorded(ctx context.Context, login user.Login, now, created, expires time.Time, renews bool) (Issued, error) {
	token, err := r.issue(login, now, expires)
	if err != nil {
		return Issued{}, err
	}
	if err := r.create(ctx, token, login, created, expires, renews); err != nil {
		return Issued{}, fmt.Errorf("backends: record token: %w", err)
	}
	return Issued{Access: token, Record: records.HashToken(token)}, nil
}

// Read implements [Tokens]. The record decides nothing that is signed: it must be
// there and be about the same user.
func (r *recordedJWTs) Read(ctx context.Context, token string) (Identity, bool, error) {
	return r.readShared(ctx, token, &shared{})
}

func (r *recordedJWTs) readShared(ctx context.Context, token string, known *shared) (Identity, bool, error) {
	signed, ok, err := r.jwtTokens.Read(ctx, token)
	if err != nil || !ok {
		return Identity{}, false, err
	}
	if err := r.share(ctx, token, known); err != nil {
		return Identity{}, false, err
	}
	recorded, alive := r.identity(r.own(known.found))
	if !alive || recorded.UserID != signed.UserID {
		return Identity{}, false, nil
	}
	signed.Record, signed.User, signed.TokenHash = recorded.Record, recorded.User, recorded.TokenHash
	return signed, true, nil
}

// Renew implements [Renewer].
func (r *recordedJWTs) Renew(ctx context.Context, token string, identity Identity, login user.Login) (Issued, error) {
	issued, err := r.issueRecorded(ctx, login, r.time(), identity.Record.CreatedAt, identity.Record.ExpiresAt, true)
	if err != nil {
		return Issued{}, err
	}
	return issued, r.Destroy(ctx, token)
}

// Destroy implements [Tokens]. Only a token that could be good is looked up.
func (r *recordedJWTs) Destroy(ctx context.Context, token string) error {
	if _, found, err := r.jwtTokens.Read(ctx, token); err != nil || !found {
		return err
	}
	return r.recordKeeper.end(ctx, token)
}
