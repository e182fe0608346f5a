package mongostore

import (
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// An index under which two documents could have one identity, or which tells
// identities apart by another rule than ours, is refused by name.
func TestIndexThatDoesNotGuardIdentity(t *testing.T) {
	t.Parallel()
	some, err := bson.Marshal(bson.D{{Key: "locale", Value: "en"}})
	if err != nil {
		t.Fatal(err)
	}
	sparse := uniqueIndex("email_key")
	sparse.sparse = true
	tests := []struct {
		name string
		spec *indexSpec
		want index
		says string // "" for good
	}{
		{"right", &indexSpec{Name: "email_key_1", Unique: true}, uniqueIndex("email_key"), ""},
		{"absent", nil, uniqueIndex("email_key"), "there is no index on email_key"},
		{"not unique", &indexSpec{Name: "email_key_1"}, uniqueIndex("email_key"), "email_key_1 on email_key is not unique over all documents"},
		{"sparse", &indexSpec{Name: "x", Unique: true, Sparse: true}, uniqueIndex("email_key"), "not unique over all documents"},
		{"sparse, as wanted", &indexSpec{Name: "x", Unique: true, Sparse: true}, sparse, ""},
		{"partial", &indexSpec{Name: "x", Unique: true, Partial: some}, uniqueIndex("email_key"), "not unique over all documents"},
		{"partial, where sparse is wanted", &indexSpec{Name: "x", Unique: true, Partial: some}, sparse, "not unique over all documents"},
		{"collation", &indexSpec{Name: "x", Unique: true, Collation: some}, uniqueIndex("email_key"), "has a collation, but identities are compared byte by byte"},
		{"two fields", &indexSpec{Name: "x"}, uniqueIndex("provider", "account_id"), "on provider, account_id is not unique"},
		{"no identity", nil, ttlIndex("expires_at"), ""},
	}
	for _, test := range tests {
		err := checkSpec("users", test.spec, test.want)
		switch {
		case test.says == "" && err != nil:
			t.Errorf("%s: got %v, want none", test.name, err)
		case test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)):
			t.Errorf("%s: got %v, want it to say %q", test.name, err, test.says)
		}
	}
}
