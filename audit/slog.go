package audit

import (
	"context"
	"log/slog"

	"github.com/ginauth/ginauth/user"
)

// Slog returns a sink that writes each event as one record of logger, with the
// attributes in the group "ginauth". Fields that are empty are left out. The level is
// Info; it is Warn where an abuse limit refused, where something failed on the server's
// side, and for the kinds that mean an attack or a loss. A nil logger is
// slog.Default().
//
// Unlike the record at level Debug that ginauth writes by itself, this one has the
// address of a person where the event has one, and the user agent.
func Slog(logger *slog.Logger) func(context.Context, user.Event) {
	if logger == nil {
		logger = slog.Default()
	}
	return func(ctx context.Context, e user.Event) {
		attrs := e.LogValue().Group()
		if e.Email != "" {
			attrs = append(attrs, slog.String("email", e.Email))
		}
		if len(e.Methods) > 0 {
			attrs = append(attrs, slog.Any("methods", e.Methods))
		}
		if e.UserAgent != "" {
			attrs = append(attrs, slog.String("user_agent", e.UserAgent))
		}
		attrs = append(attrs, slog.Time("at", e.At))
		logger.LogAttrs(ctx, levelOf(e), "ginauth: "+string(e.Kind), slog.GroupAttrs("ginauth", attrs...))
	}
}

// warnings are kinds that mean an attack or a loss, whatever their outcome.
var warnings = map[user.EventKind]bool{
	user.EventsDropped: true,
	"refresh_reused":   true,
	"passkey_counter":  true,
}

func levelOf(e user.Event) slog.Level {
	if e.Outcome == user.OutcomeLimited || e.Outcome == user.OutcomeFailed || warnings[e.Kind] {
		return slog.LevelWarn
	}
	return slog.LevelInfo
}
