package user_test

import (
	"context"
	"testing"

	"github.com/ginauth/ginauth/user"
)

// A hook that decides by the address gets it as the user would have it, in every way to make
// an account: how its domain was typed must not matter.
func TestBeforeRegisterGetsTheAddress(t *testing.T) {
	t.Parallel()
	typed := user.Registration{Email: " King.Arthur@CAMELOT.bt ", Password: "guinevere"}
	for name, register := range map[string]func(*user.Manager) error{
		"Register":          func(m *user.Manager) error { _, err := m.Register(ctx, typed); return err },
		"RegisterConcealed": func(m *user.Manager) error { return m.RegisterConcealed(ctx, typed) },
		"Create":            func(m *user.Manager) error { _, err := m.Create(ctx, typed); return err },
		"SignUp":            func(m *user.Manager) error { _, err := m.SignUp(ctx, typed, nil); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			m, _ := newManager(t, func(c *user.ManagerConfig) {
				c.Hooks.BeforeRegister = func(_ context.Context, r *user.Registration) error { got = r.Email; return nil }
			})
			if err := register(m); err != nil {
				t.Fatal(err)
			}
			if want := "King.Arthur@camelot.bt"; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}
