package factors

import (
	"context"
	"log/slog"
	"strconv"

	"github.com/ginauth/ginauth/user"
)

// The kinds of events of this package. [user.Event] Note has the ID of the factor in
// "credential", and how many recovery codes are left in "left".
const (
	// EventFactorAdded is an authenticator app that was confirmed.
	EventFactorAdded user.EventKind = "factor_added"
	// EventFactorRemoved is an authenticator app that was removed by its owner.
	EventFactorRemoved user.EventKind = "factor_removed"
	// EventFactorsReset is the removal of all factors by a superuser.
	EventFactorsReset user.EventKind = "factors_reset"
	// EventRecoveryCodesMade is a new set of recovery codes, also the one that the first
	// app brings.
	EventRecoveryCodesMade user.EventKind = "recovery_codes_made"
	// EventRecoveryCodeUsed is a recovery code in the place of a factor.
	EventRecoveryCodeUsed user.EventKind = "recovery_code_used"
	// EventDeviceTrusted is a browser that is trusted from now on.
	EventDeviceTrusted user.EventKind = "device_trusted"
	// EventDeviceRemoved is a browser that is trusted no more.
	EventDeviceRemoved user.EventKind = "device_removed"
)

// vetoed asks the application's hook about a change of factors.
func (f *Factors) vetoed(ctx context.Context, u *user.User, change user.CredentialChange) error {
	return f.routes.Manager().BeforeCredential(ctx, u, change)
}

func (f *Factors) vetoes() bool { return f.routes.Manager().Vetoes().Credential }

func (f *Factors) emit(ctx context.Context, kind user.EventKind, u *user.User, note map[string]string) {
	f.routes.Manager().Emit(ctx, user.Event{Kind: kind, User: u.ID, Note: note})
}

// notify sends a notice each time: if a first one, of the user's own, kept those of the
// next hour back, they would be a thief's.
func (f *Factors) notify(ctx context.Context, kind user.MailKind, u *user.User, left int) {
	f.routes.Manager().NotifyEach(ctx, user.Mail{Kind: kind, User: u, Left: left})
}

func (f *Factors) added(ctx context.Context, u *user.User, c user.Credential) {
	f.emit(ctx, EventFactorAdded, u, map[string]string{"credential": c.ID})
	f.notify(ctx, user.MailFactorAdded, u, 0)
}

func (f *Factors) removed(ctx context.Context, u *user.User, c user.Credential) {
	kind := EventFactorRemoved
	if c.Kind == deviceKind {
		kind = EventDeviceRemoved
	}
	f.emit(ctx, kind, u, map[string]string{"credential": c.ID})
	if c.Kind == totpKind && c.Key != newKey(u.ID) { // a key that was not confirmed never was a factor
		f.notify(ctx, user.MailFactorRemoved, u, 0)
	}
}

func (f *Factors) recoveryCodeUsed(ctx context.Context, u *user.User, left int) {
	f.emit(ctx, EventRecoveryCodeUsed, u, map[string]string{"left": strconv.Itoa(left)})
	f.notify(ctx, user.MailRecoveryCodeUsed, u, left)
}

func (f *Factors) recoveryCodesMade(ctx context.Context, u *user.User) {
	f.emit(ctx, EventRecoveryCodesMade, u, nil)
	f.routes.Manager().Notify(ctx, user.MailRecoveryCodesMade, u) // can be repeated at will
}

func (f *Factors) deviceTrusted(ctx context.Context, u *user.User) {
	f.emit(ctx, EventDeviceTrusted, u, nil)
}

func (f *Factors) wereReset(ctx context.Context, u, actor *user.User) {
	f.routes.Manager().Emit(ctx, user.Event{Kind: EventFactorsReset, User: u.ID, Actor: actor.ID})
	f.notify(ctx, user.MailFactorsReset, u, 0)
}

func (f *Factors) logFailure(ctx context.Context, u *user.User, what string, err error) {
	f.routes.Logger().LogAttrs(ctx, slog.LevelWarn, "ginauth: "+what, slog.String("user", string(u.ID)), slog.String("error", err.Error()))
}
