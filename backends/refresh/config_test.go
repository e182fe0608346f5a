package refresh_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/refresh"
	"github.com/ginauth/ginauth/backends/sessions"
	"github.com/ginauth/ginauth/user"
)

var (
	jwtRecord  = backends.JWT{Record: true}
	jwtLong    = backends.JWT{Lifetime: time.Hour + time.Second}
	jwtForever = backends.JWT{Lifetime: backends.Forever}

	bearer  = backends.Bearer{}
	session = sessions.Transport{}
)

// plainStore is a store that keeps tokens, but no refresh tokens.
type plainStore struct{ user.Store }

// newError returns what is wrong with a configuration.
func newError(store user.Store, transport backends.Transport, strategy refresh.Strategy) error {
	_, err := ginauth.New(ginauth.Config{
		Store: store, Secret: secret, Logger: slog.New(slog.DiscardHandler),
		Backends: []backends.Backend{{Name: "app", Transport: transport, Strategy: strategy}},
	})
	return err
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	tests := []struct {
		name string
		refresh.Strategy
		want string
	}{
		{"records", refresh.Strategy{Access: jwtRecord}, "Access.Record is set"},
		{"a long access token", refresh.Strategy{Access: jwtLong}, "Access.Lifetime is 1h0m1s, want at most 1h0m0s"},
		{"an endless access token", refresh.Strategy{Access: jwtForever}, "Access.Lifetime is"},
		{"endless", refresh.Strategy{Idle: ginauth.Forever}, "Idle is"},
		{"an absolute end before the idle one", refresh.Strategy{Absolute: time.Hour}, "Absolute is 1h0m0s, want at least Idle"},
		{"a long grace", refresh.Strategy{Grace: 61 * time.Second}, "Grace is 1m1s, want at most 1m0s"},
		{"a negative grace", refresh.Strategy{Grace: -2}, "Grace is"},
		{"a long wait for lost answers", refresh.Strategy{LostAnswer: 8 * 24 * time.Hour}, "LostAnswer is"},
		{"more without remember", refresh.Strategy{WithoutRemember: 31 * 24 * time.Hour}, "WithoutRemember is"},
		{"a bad path", refresh.Strategy{Path: "auth"}, `Path "auth"`},
		{"no session", refresh.Strategy{MaxSessions: -1}, "MaxSessions is -1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := newError(w.memory, bearer, tt.Strategy)
			if err == nil || !strings.Contains(err.Error(), "Config.Backends[0].Strategy: "+tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	if err := newError(w.memory, session, refresh.Strategy{}); err == nil || !strings.Contains(err.Error(), "Config.Backends[0].Transport cannot carry refresh tokens") {
		t.Errorf("a session: got %v", err)
	}
	if err := newError(plainStore{w.memory}, bearer, refresh.Strategy{}); err == nil || !strings.Contains(err.Error(), "records.RotatingTokenStore") {
		t.Errorf("a store without refresh tokens: got %v", err)
	}
	if err := newError(w.memory, bearer, refresh.Strategy{}); err != nil {
		t.Errorf("the zero value: got %v", err)
	}
}
