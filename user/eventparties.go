package user

import "context"

// partiesKey is the context key of the [RequestContext] with the actor and the subject of
// the request.
type partiesKey struct{}

// NoteActor records u as the logged-in user of the request of ctx; see [Event].
func NoteActor(ctx context.Context, u *User) {
	if r, ok := ctx.Value(partiesKey{}).(*RequestContext); ok {
		r.actor.Store(u)
	}
}

// NoteSubject notes, in the request of ctx, which user it is about; see [Event].
func NoteSubject(ctx context.Context, u *User) {
	if r, ok := ctx.Value(partiesKey{}).(*RequestContext); ok {
		r.subject.Store(u)
	}
}

// noteUnknown notes an address that no user has. A text that is no address is not
// kept: it may be a password in the wrong field.
func noteUnknown(ctx context.Context, address string) {
	email, err := ParseEmail(address)
	if err != nil {
		email = Email{}
	}
	NoteSubject(ctx, &User{Email: email.Address})
}

// requireLogin has a login recorded that is about to take place.
func (m *Manager) requireLogin(ctx context.Context, u *User) error {
	e := Event{Kind: EventLogin, User: u.ID}
	if err := m.Require(ctx, &e); err != nil || e.ID == "" {
		return err
	}
	if r, ok := ctx.Value(partiesKey{}).(*RequestContext); ok {
		r.login.Store(&e)
	}
	return nil
}

// loginOf returns the event of u's login, the one that was recorded if one was.
func loginOf(ctx context.Context, u *User) Event {
	if r, ok := ctx.Value(partiesKey{}).(*RequestContext); ok {
		if e := r.login.Load(); e != nil && e.User == u.ID {
			return *e
		}
	}
	return Event{Kind: EventLogin, User: u.ID}
}

func partiesOf(ctx context.Context) (actor, subject *User) {
	if r, ok := ctx.Value(partiesKey{}).(*RequestContext); ok {
		return r.actor.Load(), r.subject.Load()
	}
	return nil, nil
}
