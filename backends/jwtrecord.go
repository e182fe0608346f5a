package backends

import (
	"context"
	"fmt"

	"github.com/ginauth/ginauth/user"
)

// recordedJWTs are the tokens of [JWT] with Record: a token counts only while its
// record exists. It is an allow list: a store that loses its records logs people
// out and never in.
type recordedJWTs struct {
	*jwtTokens
	*records
}

var (
	_ Tokens   = (*recordedJWTs)(nil)
	_ Recorder = (*recordedJWTs)(nil)
	_ Toucher  = (*recordedJWTs)(nil)
)

// Write implements [Tokens].
func (r *recordedJWTs) Write(ctx context.Context, u *user.User) (string, error) {
	now := r.time()
	token, expires, err := r.issue(u, now)
	if err != nil {
		return "", err
	}
	if err := r.create(ctx, token, u, now, expires); err != nil {
		return "", fmt.Errorf("backends: record token: %w", err)
	}
	return token, nil
}

// Read implements [Tokens]. The record decides nothing that is signed: it must be
// there and be about the same user.
func (r *recordedJWTs) Read(ctx context.Context, token string) (Identity, bool, error) {
	return r.readRemembering(ctx, token, nil)
}

func (r *recordedJWTs) readRemembering(ctx context.Context, token string, last *lastRecord) (Identity, bool, error) {
	identity, found, err := r.jwtTokens.Read(ctx, token)
	if err != nil || !found {
		return Identity{}, false, err
	}
	record, err := r.read(ctx, token, last)
	if err != nil || record == nil || record.UserID != identity.UserID {
		return Identity{}, false, err
	}
	identity.Record = record
	return identity, true, nil
}

// Destroy implements [Tokens]. Only a token that could be good is looked up.
func (r *recordedJWTs) Destroy(ctx context.Context, token string) error {
	if _, found, err := r.jwtTokens.Read(ctx, token); err != nil || !found {
		return err
	}
	return r.end(ctx, token)
}
