package ginauth_test

import (
	"context"
	"log/slog"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/user"
)

// An audit log, in which deletions and changes of flags are written before they happen.
func ExampleConfig_events() {
	var config ginauth.Config
	record := func(ctx context.Context, e user.Event) error { return nil } // writes it where it stays

	config.OnEvent = audit.Slog(slog.Default())

	config.RequiredEvents = []user.EventKind{user.EventDeleted, user.EventFlagChanged}
	config.OnRequiredEvent = record // func(ctx context.Context, e user.Event) error
}
