package user

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
)

// contained calls the application's code and turns a panic into an error.
func contained(name string, call func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("user: %s panicked: %v", name, cause)
		}
	}()
	return call()
}

// before calls a hook that can veto. Any other error it ends with is ErrHook,
// whatever it wraps: "not found" in the application is not our "not found".
func before(name string, call func() error) error {
	err := contained(name, call)
	if err == nil {
		return nil
	}
	if refusal := (*Refusal)(nil); errors.As(err, &refusal) {
		return fmt.Errorf("user: %s: %w", name, err)
	}
	return fmt.Errorf("%w: %s: %w", ErrHook, name, err)
}

// after calls a hook that can change nothing any more. It must run even if the
// client has gone, so its context is not the request's to cancel.
func (m *Manager) after(ctx context.Context, name string, u *User, call func(context.Context) error) {
	ctx = context.WithoutCancel(ctx)
	if err := contained(name, func() error { return call(ctx) }); err != nil {
		m.logger.LogAttrs(ctx, slog.LevelError, "ginauth: hook failed",
			slog.String("hook", name), slog.String("user", string(u.ID)), slog.String("error", err.Error()))
	}
}

// afterUser is after for the hooks that get the user only.
func (m *Manager) afterUser(ctx context.Context, name string, hook func(context.Context, *User) error, u *User) {
	if hook != nil {
		m.after(ctx, name, u, func(ctx context.Context) error { return hook(ctx, u) })
	}
}

// BeforeLogin calls the hook of that name. The gate calls it after all checks, a
// second factor included, and issues no token when it returns an error.
func (m *Manager) BeforeLogin(ctx context.Context, login Login) error {
	if m.hooks.BeforeLogin == nil {
		return nil
	}
	ctx = WithLogin(ctx, login)
	return before("BeforeLogin", func() error { return m.hooks.BeforeLogin(ctx, login.User) })
}

// LoggedIn notes a complete login, when its token has been issued: failures in a row
// end, and the hook AfterLogin runs.
func (m *Manager) LoggedIn(ctx context.Context, login Login) {
	if login.User.SecondFactor && login.Uses(MethodPassword) {
		m.limits.loggedIn(ctx, login.User)
	}
	if m.hooks.AfterLogin != nil {
		m.afterUser(WithLogin(ctx, login), "AfterLogin", m.hooks.AfterLogin, login.User)
	}
}

// mail makes a token and hands it to a mail hook, off the request. The token is
// made there too, and the limit by recipient asked, so that the answer takes the
// same time whoever asked.
func (m *Manager) mail(ctx context.Context, name string, u *User, hook func(context.Context, *User, string) error, token func() (string, error)) {
	m.post(ctx, outgoing{hook: name, about: u.ID, to: only(u), send: func(ctx context.Context, u *User) error {
		text, err := token()
		if err != nil {
			return err
		}
		return unquoting(hook(ctx, u, text), text)
	}})
}

// HasHook reports whether the hook of that name, such as "AfterForgotPassword", is
// set. It is meant for warnings about routes that do nothing without it.
func (m *Manager) HasHook(name string) bool {
	field := reflect.ValueOf(m.hooks).FieldByName(name)
	return field.IsValid() && !field.IsNil()
}
