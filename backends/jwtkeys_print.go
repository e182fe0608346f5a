package backends

import (
	"fmt"
	"log/slog"
)

// String names the key by its ID. Private keys of the standard library print, log
// and marshal in clear; a JWTKey does not.
func (k JWTKey) String() string { return "JWT key " + k.ID }

// Format prints k as [JWTKey.String] does, whatever the verb.
func (k JWTKey) Format(state fmt.State, _ rune) { fmt.Fprint(state, k.String()) }

// LogValue logs the ID only.
func (k JWTKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText returns what [JWTKey.String] does, which covers encoding/json too.
func (k JWTKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }
