package supply

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/internal/test/source"
	"github.com/ginauth/ginauth/routes/factors"
	"github.com/ginauth/ginauth/user"
)

// Every kind of event that is emitted is in a test that says what it looks like.
func TestEveryEventKindIsTested(t *testing.T) {
	t.Parallel()
	var code, tests strings.Builder
	for _, path := range source.Files(t, ".go") {
		path = filepath.ToSlash(path)
		switch {
		case strings.HasSuffix(path, "user/eventkind.go"), strings.Contains(path, "audit/"):
		case strings.HasSuffix(path, "_test.go"):
			tests.WriteString(source.Read(t, path))
		default:
			code.WriteString(source.Read(t, path))
		}
	}
	kinds := append(user.EventKinds(), factors.EventFactorAdded, factors.EventFactorRemoved, factors.EventFactorsReset,
		factors.EventRecoveryCodesMade, factors.EventRecoveryCodeUsed, factors.EventDeviceTrusted, factors.EventDeviceRemoved)
	emitted := 0
	for _, kind := range kinds {
		constant := regexp.MustCompile(`\bEvent` + constantOf(kind) + `\b`)
		if !constant.MatchString(code.String()) {
			continue
		}
		emitted++
		if !constant.MatchString(tests.String()) && !strings.Contains(tests.String(), `"`+string(kind)+` `) && !strings.Contains(tests.String(), `"`+string(kind)+`"`) {
			t.Errorf("no test names the kind %s", kind)
		}
	}
	if emitted < 30 {
		t.Errorf("got %d kinds; the test has seen too little", emitted)
	}
}

// constantOf returns the name of a kind's constant, without Event before it.
func constantOf(kind user.EventKind) string {
	name := ""
	if kind == user.EventsDropped {
		return "sDropped"
	}
	for _, word := range strings.Split(string(kind), "_") {
		if word == "oauth" {
			word = "OAuth"
		}
		name += strings.ToUpper(word[:1]) + word[1:]
	}
	return name
}
