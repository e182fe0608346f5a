package redisstrategy

import (
	"strconv"
	"strings"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// encodeLogin returns the fields that say how and when the user logged in.
func encodeLogin(t records.Token) []any {
	var fields []any
	if t.Methods != nil {
		var names []string
		for _, method := range t.Methods {
			names = append(names, string(method))
		}
		fields = append(fields, fieldMethods, strings.Join(names, " "))
	}
	if !t.AuthenticatedAt.IsZero() {
		fields = append(fields, fieldAuthenticatedAt, encodeTime(t.AuthenticatedAt))
	}
	if t.Actor != "" {
		fields = append(fields, fieldActor, string(t.Actor), fieldActorVersion, t.ActorVersion)
	}
	if t.Scopes != nil {
		fields = append(fields, fieldScopes, strings.Join(t.Scopes, " "))
	}
	return fields
}

// decodeLogin reads what [encodeLogin] wrote. A field that is malformed makes the
// record damaged: it could be the one that limits the token.
func decodeLogin(fields map[string]string, t *records.Token) (err error) {
	if text, ok := fields[fieldMethods]; ok {
		t.Methods = []user.Method{}
		for _, name := range strings.Fields(text) {
			t.Methods = append(t.Methods, user.Method(name))
		}
	}
	if text, ok := fields[fieldAuthenticatedAt]; ok {
		milliseconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return damaged(fieldAuthenticatedAt)
		}
		t.AuthenticatedAt = time.UnixMilli(milliseconds).UTC()
	}
	if actor, ok := fields[fieldActor]; ok {
		if t.ActorVersion, err = strconv.ParseInt(fields[fieldActorVersion], 10, 64); err != nil || actor == "" {
			return damaged(fieldActor)
		}
		t.Actor = user.ID(actor)
	}
	if text, ok := fields[fieldScopes]; ok {
		t.Scopes = append([]string{}, strings.Fields(text)...)
	}
	return nil
}
