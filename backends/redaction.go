package backends

import (
	"fmt"
	"log/slog"
)

// Format does not print the token, whatever the verb. As JSON it is the answer to the
// client.
func (BearerToken) Format(state fmt.State, _ rune) { fmt.Fprint(state, "bearer token [redacted]") }

// LogValue logs what Format prints.
func (t BearerToken) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(t)) }

// Format does not print the tokens, whatever the verb. As JSON it is the answer to the
// client.
func (BearerTokens) Format(state fmt.State, _ rune) { fmt.Fprint(state, "bearer tokens [redacted]") }

// LogValue logs what Format prints.
func (t BearerTokens) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(t)) }

// Format prints the name only, whatever the verb: behind it are keys.
func (r Running) Format(state fmt.State, _ rune) { fmt.Fprint(state, "backend "+r.Name) }
