package factors

import (
	"context"
	"log/slog"

	"github.com/ginauth/ginauth/user"
)

// What has been decided about second factors is noted here, for whoever runs the
// application.

func (f *Factors) note(ctx context.Context, what string, u *user.User, attrs ...slog.Attr) {
	attrs = append([]slog.Attr{slog.String("user", string(u.ID)), slog.String("ip", user.RequestFrom(ctx).ClientIP)}, attrs...)
	f.routes.Logger().LogAttrs(ctx, slog.LevelInfo, "ginauth: "+what, attrs...)
}

func (f *Factors) added(ctx context.Context, u *user.User, c user.Credential) {
	f.note(ctx, "second factor was added", u, slog.String("credential", c.ID))
}

func (f *Factors) removed(ctx context.Context, u *user.User, c user.Credential) {
	what := "second factor was removed"
	if c.Kind == deviceKind {
		what = "trusted browser was removed"
	}
	f.note(ctx, what, u, slog.String("credential", c.ID))
}

func (f *Factors) recoveryCodeUsed(ctx context.Context, u *user.User, left int) {
	f.note(ctx, "recovery code was used", u, slog.Int("left", left))
}

func (f *Factors) recoveryCodesMade(ctx context.Context, u *user.User) {
	f.note(ctx, "recovery codes were made", u)
}

func (f *Factors) deviceTrusted(ctx context.Context, u *user.User) {
	f.note(ctx, "browser is trusted", u)
}

func (f *Factors) wereReset(ctx context.Context, u, actor *user.User) {
	f.note(ctx, "second factors were reset by a superuser", u, slog.String("actor", string(actor.ID)))
}

func (f *Factors) logFailure(ctx context.Context, u *user.User, what string, err error) {
	f.routes.Logger().LogAttrs(ctx, slog.LevelWarn, "ginauth: "+what, slog.String("user", string(u.ID)), slog.String("error", err.Error()))
}
