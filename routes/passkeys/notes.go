package passkeys

import (
	"context"

	"github.com/ginauth/ginauth/user"
)

// The kinds of events of this package. [user.Event] Note has the ID of the passkey in
// "credential".
const (
	// EventPasskeyAdded is a passkey that was created.
	EventPasskeyAdded user.EventKind = "passkey_added"
	// EventPasskeyRenamed is a passkey with another name.
	EventPasskeyRenamed user.EventKind = "passkey_renamed"
	// EventPasskeyRemoved is a passkey that was removed, by its owner or a superuser.
	EventPasskeyRemoved user.EventKind = "passkey_removed"
	// EventPasskeyCounter is an answer whose sign count has not risen. Its Outcome is
	// refused for a passkey of one device, ok for one that is synchronised.
	EventPasskeyCounter user.EventKind = "passkey_counter"
)

// eventCodesMade is factors.EventRecoveryCodesMade, of a package that this one does not
// link: the first passkey that is a second factor brings recovery codes.
const eventCodesMade user.EventKind = "recovery_codes_made"

func event(kind user.EventKind, u *user.User, credential string) user.Event {
	return user.Event{Kind: kind, User: u.ID, Note: map[string]string{"credential": credential}}
}

// vetoed asks the application's hook about a change of passkeys.
func (p *Passkeys) vetoed(ctx context.Context, u *user.User, change user.CredentialChange) error {
	change.Kind = passkeyKind
	return p.routes.Manager().BeforeCredential(ctx, u, change)
}

func (p *Passkeys) vetoes() bool { return p.routes.Manager().Vetoes().Credential }

func (p *Passkeys) emit(ctx context.Context, e user.Event) { p.routes.Manager().Emit(ctx, e) }

// notify sends a notice of every change. With the usual one per hour, the notice of the
// user's own change would suppress that of an attacker's change after it.
func (p *Passkeys) notify(ctx context.Context, kind user.MailKind, u *user.User) {
	p.routes.Manager().NotifyEach(ctx, user.Mail{Kind: kind, User: u})
}

// counterStands reports an answer whose sign count has not risen.
func (p *Passkeys) counterStands(ctx context.Context, u *user.User, h held) {
	e := event(EventPasskeyCounter, u, h.ID)
	if h.BackupEligible {
		p.emit(ctx, e)
		return
	}
	e.Outcome = user.OutcomeRefused
	p.emit(ctx, e)
	p.routes.Manager().Notify(ctx, user.MailPasskeyCounter, u) // limited, as a copied passkey can cause it at will
}
