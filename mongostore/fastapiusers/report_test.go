package fastapiusers_test

import (
	"net/http"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Whatever gives no access because of how it is stored is named at the start, by ID
// and without its value.
func TestReported(t *testing.T) {
	t.Parallel()
	const hidden = "cannot-be-shown"
	entry := func(field string, value any) bson.A {
		sound := bson.D{{Key: "id", Value: bson.NewObjectID()}, {Key: "oauth_name", Value: "google"}, {Key: "account_id", Value: hidden},
			{Key: "account_email", Value: nil}, {Key: "access_token", Value: hidden}}
		for i := range sound {
			if sound[i].Key == field {
				sound[i].Value = value
			}
		}
		return bson.A{sound}
	}
	tests := []struct {
		name, field string
		value       any
	}{
		{"a field of the application", "loyalty_points", hidden},
		{"the ID of an account", "oauth_accounts", entry("id", int32(7))},
		{"the provider of an account", "oauth_accounts", entry("oauth_name", nil)},
		{"the account ID", "oauth_accounts", entry("account_id", int64(7))},
		{"no document", "oauth_accounts", bson.A{hidden}},
		{"no array", "oauth_accounts", hidden},
	}
	var documents []bson.D
	var ids []string
	for _, test := range tests {
		id, document := sound(bson.NewObjectID().Hex() + "@camelot.bt")
		documents, ids = append(documents, append(document, bson.E{Key: test.field, Value: test.value})), append(ids, id.Hex())
	}
	fine, document := sound("fine@camelot.bt")
	document = append(document, bson.E{Key: "oauth_accounts", Value: nil}, bson.E{Key: "loyalty_points", Value: int64(3)})
	w := newWorld(t, found(t, append(documents, document)...))
	text := w.log.String()
	for i, test := range tests {
		if !strings.Contains(text, ids[i]) {
			t.Errorf("%s: not reported", test.name)
		}
	}
	if strings.Contains(text, fine.Hex()) || strings.Contains(text, arthurID) || strings.Contains(text, hidden) {
		t.Errorf("got %s, want only IDs of what is damaged", text)
	}
	token, _ := w.logIn(t, "fine@camelot.bt", "viviane")
	if status, body := w.send(t, http.MethodGet, "/users/me", token, ""); status != http.StatusOK {
		t.Errorf("null for no accounts: got %d %s", status, body)
	}
}
