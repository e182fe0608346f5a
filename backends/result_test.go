package backends_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
)

func TestResultPrintsNoToken(t *testing.T) {
	t.Parallel()
	nobody := backends.Result{Token: "guinevere"}
	somebody := backends.Result{Token: "guinevere", User: &user.User{ID: "7"}, Backend: &backends.Running{Name: "web"}}
	for _, value := range []any{nobody, &nobody, somebody, &somebody} {
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", value)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			fmt.Fprintf(&log, verb, value)
		}
		if text := log.String(); strings.Contains(text, "guinevere") || strings.Contains(text, "6775696e6576657265") {
			t.Errorf("%T shows the token: %s", value, text)
		}
	}
	if got, want := fmt.Sprint(nobody, somebody), "nobody user 7 by web"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
