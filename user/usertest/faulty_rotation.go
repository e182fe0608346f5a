package usertest

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/user/records"
)

// RotateToken implements [records.RotatingTokenStore].
func (s *FaultyStore) RotateToken(ctx context.Context, before, after records.Token, now time.Time) (stored records.Token, rotated bool, err error) {
	call := Call{Method: "RotateToken", Writes: true}
	stored, err = withAbility(ctx, s, call, func(in records.RotatingTokenStore) (t records.Token, err error) {
		t, rotated, err = in.RotateToken(ctx, before, after, now)
		return t, err
	})
	return stored, rotated && err == nil, err
}

// TakeToken implements [records.RotatingTokenStore].
func (s *FaultyStore) TakeToken(ctx context.Context, hash string) (bool, error) {
	return withAbility(ctx, s, Call{Method: "TakeToken", Writes: true}, func(in records.RotatingTokenStore) (bool, error) {
		return in.TakeToken(ctx, hash)
	})
}
