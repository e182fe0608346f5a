package mongostore

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// loginFields are the fields of a token's document that say how and when its user
// logged in. What a login does not have is absent.
func (s *Store) loginFields(t records.Token) (bson.D, error) {
	var login bson.D
	if t.Methods != nil {
		login = append(login, bson.E{Key: "methods", Value: t.Methods})
	}
	if !t.AuthenticatedAt.IsZero() {
		login = append(login, bson.E{Key: "authenticated_at", Value: millisecond(t.AuthenticatedAt)})
	}
	if t.Actor != "" {
		actor, ok := s.ids.value(string(t.Actor))
		if !ok {
			return nil, user.ErrInvalidID
		}
		login = append(login, bson.E{Key: "actor", Value: actor}, bson.E{Key: "actor_version", Value: t.ActorVersion})
	}
	if t.Scopes != nil {
		login = append(login, bson.E{Key: "scopes", Value: t.Scopes})
	}
	return login, nil
}

func methods(texts []string) []user.Method {
	if texts == nil {
		return nil
	}
	all := make([]user.Method, len(texts))
	for i, text := range texts {
		all[i] = user.Method(text)
	}
	return all
}
