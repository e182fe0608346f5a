package secrets

import (
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a text that must not be seen: it prints, logs and marshals as
// "[redacted]". Convert it to string to use it.
type Secret string

// String returns "[redacted]".
func (Secret) String() string { return redacted }

// Format prints "[redacted]" for every verb; String alone would leave %d and %#v open.
func (Secret) Format(state fmt.State, _ rune) { fmt.Fprint(state, redacted) }

// LogValue logs "[redacted]".
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[redacted]", which covers encoding/json too.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// What holds keys or provider's tokens prints as what it is, whatever the verb. Logs
// print it in the same way.

// Format prints "[redacted]".
func (Keys) Format(state fmt.State, _ rune) { fmt.Fprint(state, redacted) }

// Format prints the audience only.
func (p Purpose) Format(state fmt.State, _ rune) { fmt.Fprint(state, "purpose "+p.audience) }
