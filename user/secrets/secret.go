// Package secrets has the type of texts that must not be seen, [Secret], and what is made
// with an application's secrets: a key for each purpose ([Keys]), signed tokens ([Purpose])
// and sealed texts ([Sealer]).
package secrets

import (
	"fmt"
	"log/slog"
)

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

const redacted = "[redacted]"
