package redisstrategy

import (
	"fmt"
	"strconv"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// Fields of a token's hash, named as those of the MongoDB document.
const (
	fieldID           = "_id"
	fieldUserID       = "user_id"
	fieldBackend      = "backend"
	fieldTokenVersion = "token_version"
	fieldCreatedAt    = "created_at"
	fieldExpiresAt    = "expires_at" // empty: never
	fieldLastSeenAt   = "last_seen_at"
	fieldIP           = "ip"
	fieldUserAgent    = "user_agent"

	// Of the login; absent where it does not have them.
	fieldMethods         = "methods" // separated by spaces
	fieldAuthenticatedAt = "authenticated_at"
	fieldActor           = "actor"
	fieldActorVersion    = "actor_version"
	fieldScopes          = "scopes" // separated by spaces

	// Of the refresh token; absent in records without one.
	fieldGeneration = "generation"
	fieldParent     = "parent"
	fieldRotatedAt  = "rotated_at" // empty: never
	fieldLost       = "lost"
	fieldAbsoluteAt = "absolute_at"
	fieldSalt       = "salt"
	fieldRemember   = "remember"
)

func encode(t records.Token) []any {
	return append([]any{
		fieldID, t.Hash,
		fieldUserID, string(t.UserID),
		fieldBackend, t.Backend,
		fieldTokenVersion, t.TokenVersion,
		fieldCreatedAt, encodeTime(t.CreatedAt),
		fieldExpiresAt, encodeTime(t.ExpiresAt),
		fieldLastSeenAt, encodeTime(t.LastSeenAt),
		fieldIP, t.IP,
		fieldUserAgent, t.UserAgent,
	}, append(encodeLogin(t), encodeRotation(t.Rotation)...)...)
}

// encodeTime writes milliseconds since 1970; an empty text is the zero time.
func encodeTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return strconv.FormatInt(at.UnixMilli(), 10)
}

// decode reads the fields stored under the hash. What is missing or malformed is
// never taken for a value: no expiry would be one that never comes.
func decode(hash string, fields map[string]string) (records.Token, error) {
	if len(fields) == 0 {
		return records.Token{}, user.ErrNotFound
	}
	for _, name := range []string{fieldID, fieldUserID, fieldBackend, fieldExpiresAt, fieldIP, fieldUserAgent} {
		if _, ok := fields[name]; !ok {
			return records.Token{}, damaged(name)
		}
	}
	if fields[fieldID] != hash {
		return records.Token{}, errForeign
	}
	t := records.Token{
		Hash:      hash,
		UserID:    user.ID(fields[fieldUserID]),
		Backend:   fields[fieldBackend],
		IP:        fields[fieldIP],
		UserAgent: fields[fieldUserAgent],
	}
	var err error
	if t.TokenVersion, err = strconv.ParseInt(fields[fieldTokenVersion], 10, 64); err != nil {
		return records.Token{}, damaged(fieldTokenVersion)
	}
	for _, field := range []struct {
		name     string
		at       *time.Time
		optional bool
	}{
		{fieldCreatedAt, &t.CreatedAt, false},
		{fieldLastSeenAt, &t.LastSeenAt, false},
		{fieldExpiresAt, &t.ExpiresAt, true},
	} {
		if field.optional && fields[field.name] == "" {
			continue
		}
		milliseconds, err := strconv.ParseInt(fields[field.name], 10, 64)
		if err != nil {
			return records.Token{}, damaged(field.name)
		}
		*field.at = time.UnixMilli(milliseconds).UTC()
	}
	if err := decodeLogin(fields, &t); err != nil {
		return records.Token{}, err
	}
	t.Rotation, err = decodeRotation(fields)
	return t, err
}

func damaged(field string) error {
	return fmt.Errorf("redisstrategy: field %s: %w", field, user.ErrDamaged)
}
