package user

import (
	"context"
)

// TurnOnSecondFactor makes logins of u need a second factor, and ends all tokens of u
// but the one whose hash ([HashToken]) is keep. It is one atomic write, the decision of
// every enrolment: a login under way either came before it, and its token is dead, or
// comes after it and is asked for the factor. It returns the user afterwards, or
// [ErrNotFound] where the user is gone, or any token of u has been ended since u was read.
func (m *Manager) TurnOnSecondFactor(ctx context.Context, u *User, keep string) (*User, error) {
	return m.turnSecondFactor(ctx, u, keep, true)
}

// TurnOffSecondFactor makes logins of u need no second factor, and ends all tokens of u
// but keep, in one atomic write. It returns [ErrNotFound] where any token of u has been
// ended since u was read, as by the enrolment of another factor: the caller looks at the
// factors again before it repeats the call.
func (m *Manager) TurnOffSecondFactor(ctx context.Context, u *User, keep string) (*User, error) {
	return m.turnSecondFactor(ctx, u, keep, false)
}

func (m *Manager) turnSecondFactor(ctx context.Context, u *User, keep string, on bool) (*User, error) {
	ctx = context.WithoutCancel(ctx)
	after, err := m.update(ctx, u, Update{
		SecondFactor: &on, EndTokens: true, KeepToken: keep, If: Conditions{TokenVersion: &u.TokenVersion},
	})
	if err != nil {
		return nil, err
	}
	m.deleteDeadTokens(ctx, u.ID, keep)
	return after, nil
}

// ResetSecondFactor makes logins of u need no second factor and ends all tokens of u,
// whatever has happened since u was read. It returns [ErrNotFound] when the user is gone.
func (m *Manager) ResetSecondFactor(ctx context.Context, u *User) (*User, error) {
	no := false
	return m.endTokens(ctx, u, "", Update{SecondFactor: &no})
}

// EndAPIKeys ends all API keys of u in one atomic write, and returns the user
// afterwards: no key that was made for u as it was read, or before, is valid any more.
// It returns [ErrNotFound] when the user is gone. The caller emits the event, and
// deletes what is stored of the keys.
func (m *Manager) EndAPIKeys(ctx context.Context, u *User) (*User, error) {
	return m.update(context.WithoutCancel(ctx), u, Update{KeyVersionUp: true})
}
