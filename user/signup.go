package user

import "context"

// SignUp makes an account without a password for a person who signs in for the first time
// in the way r.Via: active, no superuser, without roles but those of an invitation. Of r it
// uses Email, IsVerified, Via, Profile and OAuth. It is for packages that sign users in.
//
// It does what [Manager.Register] does, in that order: the [Policy] decides, BeforeRegister
// runs, [EventRegistered] is recorded where that is required, an invitation to the address
// is used up, the user is stored, and the event is emitted. An invitation is used, and makes
// the user verified, where the owner of the address is there: at [ViaMail], or where r.OAuth
// says EmailVerified. AfterRegister does not run: call [Manager.Registered] afterwards.
//
// store stores u where that is more than one write; nil for insert alone. It calls insert
// once, and may set u.ID and u.TokenVersion before. A write that took effect although its
// answer was lost is no error of insert. Where store returns an error, SignUp returns it and
// emits nothing: the user must not be there then, or not by this call.
//
// Errors: an [*EmailError]; a [*Refusal]; [ErrInvitationRequired], [ErrDomainNotAllowed]
// and [ErrBadCredentials] as the Policy says; [ErrBadInvitation] if the invitation was used
// meanwhile; [ErrExists] if another user has the address. Whether one has it is not looked
// up before: the caller has not found any.
func (m *Manager) SignUp(ctx context.Context, r Registration, store func(ctx context.Context, u *User, insert func(context.Context) error) error) (*User, error) {
	email, err := ParseEmail(r.Email)
	if err != nil {
		return nil, err
	}
	invitation, err := m.admitSignUp(ctx, email, r.ownerIsThere())
	if err != nil {
		return nil, err
	}
	e := Event{Kind: EventRegistered}
	if r.OAuth != nil {
		e.Note = map[string]string{"provider": r.OAuth.Provider}
	}
	r, err = m.beforeRegister(ctx, Registration{
		Email: r.Email, IsVerified: r.IsVerified || invitation != nil, Via: r.Via, Profile: r.Profile, OAuth: r.OAuth,
	})
	if err != nil {
		return nil, err
	}
	write := m.insert
	if store != nil {
		write = func(ctx context.Context, u *User) error {
			return store(ctx, u, func(ctx context.Context) error { return m.insert(ctx, u) })
		}
	}
	u := m.newUser(r, email)
	if err := m.insertRegistered(ctx, u, e, invitation, write); err != nil {
		return nil, err
	}
	return u, nil
}

// ownerIsThere reports whether the person who signs up is the owner of the address.
func (r Registration) ownerIsThere() bool {
	return r.Via == ViaMail || r.OAuth != nil && r.OAuth.EmailVerified
}

// Registered runs AfterRegister for u, whom [Manager.SignUp] has made. Call it once.
func (m *Manager) Registered(ctx context.Context, u *User) {
	m.afterUser(ctx, "AfterRegister", m.hooks.AfterRegister, u)
}

// LockSignIn waits until no other sign-in of this process holds key, such as the name of an
// account at a provider, or until ctx ends. Of concurrent first sign-ins one then makes the
// account, and the others find it. It is no protection: other processes do not wait, and
// the store decides. Call unlock once.
func (m *Manager) LockSignIn(ctx context.Context, key string) (unlock func(), err error) {
	return m.signIns.Lock(ctx, key)
}
