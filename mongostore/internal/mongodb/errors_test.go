package mongodb

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

func document(t *testing.T, d bson.D) bson.Raw {
	t.Helper()
	raw, err := bson.Marshal(d)
	if err != nil {
		t.Fatalf("Marshal: %v", err)
	}
	return raw
}

func TestDuplicate(t *testing.T) {
	t.Parallel()
	const message = `E11000 duplicate key error collection: app.users index: %s dup key: { x: " index: provider_1 dup key: " }`
	onKey := document(t, bson.D{{Key: "keyPattern", Value: bson.D{{Key: "email_key", Value: 1}}}})
	write := func(code int, text string, raw bson.Raw) error {
		return mongo.WriteException{WriteErrors: mongo.WriteErrors{{Code: code, Message: text, Raw: raw}}}
	}
	tests := []struct {
		name  string
		err   error
		field string
		ok    bool
	}{
		{name: "none"},
		{name: "of the client", err: context.DeadlineExceeded},
		{name: "insert, key pattern", err: write(11000, "", onKey), field: "email_key", ok: true},
		{name: "insert, index name", err: write(11000, fmt.Sprintf(message, "email_key_1"), nil), field: "email_key", ok: true},
		{name: "insert, id", err: write(11000, fmt.Sprintf(message, "_id_"), nil), field: "_id", ok: true},
		{name: "insert, own name", err: write(11000, fmt.Sprintf(message, "one_per_address"), nil), ok: true},
		{name: "insert, nothing said", err: write(11000, "E11000 duplicate key error collection: app.users", nil), ok: true},
		{name: "insert, another error", err: write(121, "Document failed validation", nil)},
		{name: "update, key pattern", err: mongo.CommandError{Code: 11000, Raw: onKey}, field: "email_key", ok: true},
		{
			name:  "update, two fields",
			err:   mongo.CommandError{Code: 11000, Message: fmt.Sprintf(message, "provider_1_account_id_1")},
			field: "provider", ok: true,
		},
		{
			name:  "update, embedded engine",
			err:   mongo.CommandError{Code: 1, Message: "constraint failed: UNIQUE constraint failed: index 'users_5e7cc513_email_key_1' (2067)"},
			field: "email_key", ok: true,
		},
		{
			name: "update, embedded engine, own name",
			err:  mongo.CommandError{Code: 1, Message: "constraint failed: UNIQUE constraint failed: index 'users_5e7cc513_mine' (2067)"},
			ok:   true,
		},
		{name: "update, another internal error", err: mongo.CommandError{Code: 1, Message: "disk I/O error"}},
		{name: "wrapped", err: fmt.Errorf("x: %w", write(11000, "", onKey)), field: "email_key", ok: true},
	}
	for _, test := range tests {
		if field, ok := Duplicate(test.err); field != test.field || ok != test.ok {
			t.Errorf("%s: got %q, %v, want %q, %v", test.name, field, ok, test.field, test.ok)
		}
	}
}

func TestFailedHidesValues(t *testing.T) {
	t.Parallel()
	details := document(t, bson.D{{Key: "hashed_password", Value: "secret"}})
	tests := []struct {
		err  error
		want string
	}{
		{
			mongo.CommandError{Code: 13, Name: "Unauthorized", Message: `not authorized to execute command { find: "users", filter: { x: "secret" } }`},
			"mongostore: test: server error 13 (Unauthorized)",
		},
		{
			mongo.WriteException{WriteErrors: mongo.WriteErrors{{Code: 121, Message: "secret", Details: details}}},
			"mongostore: test: server error 121",
		},
		{
			mongo.WriteException{WriteConcernError: &mongo.WriteConcernError{Code: 64, Name: "WriteConcernTimeout", Message: "secret"}},
			"mongostore: test: server error 64 (WriteConcernTimeout)",
		},
		{context.DeadlineExceeded, "mongostore: test: context deadline exceeded"},
	}
	for _, test := range tests {
		err := Failed("test", test.err)
		if err.Error() != test.want {
			t.Errorf("got %q, want %q", err, test.want)
		}
		if errors.Unwrap(err) == nil {
			t.Errorf("%q: does not wrap its cause", err)
		}
	}
}
