package mongostore_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
)

// damages are ways to damage a user.
func damages() map[string]bson.D {
	set := func(field string, value any) bson.D {
		return bson.D{{Key: "$set", Value: bson.D{{Key: field, Value: value}}}}
	}
	all := map[string]bson.D{
		"hashed_password null":     set("hashed_password", nil),
		"hashed_password binary":   set("hashed_password", bson.Binary{Data: []byte("secret")}),
		"token_version null":       set("token_version", nil),
		"token_version double":     set("token_version", 1.5),
		"token_version string":     set("token_version", "secret"),
		"email null":               set("email", nil),
		"kept_token number":        set("kept_token", int32(1)),
		"owner_version null":       set("owner_version", nil),
		"owner_version string":     set("owner_version", "secret"),
		"created_at string":        set("created_at", "secret"),
		"updated_at number":        set("updated_at", int64(1767323045678)),
		"plan number":              set("plan", int32(17)),
		"first_name embedded":      set("first_name", bson.D{{Key: "secret", Value: "secret"}}),
		"token_version embedded":   set("token_version", bson.D{}),
		"hashed_password embedded": set("hashed_password", bson.D{}),
		"hashed_password array":    set("hashed_password", bson.A{"secret"}),
		"email_key number":         set("email_key", int32(1)),
		"roles null":               set("roles", nil),
		"roles string":             set("roles", "secret"),
		"roles embedded":           set("roles", bson.D{{Key: "secret", Value: "secret"}}),
		"roles of numbers":         set("roles", bson.A{"editor", int32(17)}),
		"roles of documents":       set("roles", bson.A{bson.D{{Key: "secret", Value: "secret"}}}),
		"ban null":                 set("ban", nil),
		"ban string":               set("ban", "secret"),
		"ban false":                set("ban", false),
		"ban array":                set("ban", bson.A{}),
		"ban empty":                set("ban", bson.D{}),
		"ban without time":         set("ban", bson.D{{Key: "until", Value: nil}, {Key: "reason", Value: "secret"}}),
		"ban until number":         set("ban", bson.D{{Key: "at", Value: bson.DateTime(1)}, {Key: "until", Value: int64(17)}, {Key: "reason", Value: ""}}),
		"ban without until":        set("ban", bson.D{{Key: "at", Value: bson.DateTime(1)}, {Key: "reason", Value: ""}}),
		"ban by number":            set("ban", bson.D{{Key: "at", Value: bson.DateTime(1)}, {Key: "until", Value: nil}, {Key: "reason", Value: ""}, {Key: "by", Value: int32(17)}}),
	}
	for _, flag := range []string{"is_active", "is_superuser", "is_verified", "second_factor"} {
		all[flag+" array"] = set(flag, bson.A{false})
		all[flag+" null"] = set(flag, nil)
		all[flag+" number"] = set(flag, int32(1))
		all[flag+" string"] = set(flag, "true")
		all[flag+" embedded"] = set(flag, bson.D{})
	}
	for _, field := range []string{"is_active", "is_superuser", "is_verified", "hashed_password", "token_version", "email", "email_key"} {
		all[field+" missing"] = bson.D{{Key: "$unset", Value: bson.D{{Key: field, Value: ""}}}}
	}
	return all
}

func TestDamagedUser(t *testing.T) {
	t.Parallel()
	for name, damage := range damages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, db := openProfile(t)
			if err := s.Create(t.Context(), arthur()); err != nil {
				t.Fatalf("Create: %v", err)
			}
			if _, err := db.Collection("users").UpdateOne(t.Context(), bson.D{}, damage); err != nil {
				t.Fatalf("UpdateOne: %v", err)
			}
			before := only(t, db, "users")

			_, err := s.ByID(t.Context(), arthurID)
			checkDamaged(t, "ByID", err)
			if !strings.HasPrefix(name, "email_key") { // it has none
				_, err = s.ByEmail(t.Context(), email.Email{Key: "king.arthur@camelot.bt"})
				checkDamaged(t, "ByEmail", err)
				again := arthur()
				again.ID = s.NewID()
				if err := s.Create(t.Context(), again); !errors.Is(err, user.ErrExists) {
					t.Errorf("Create with its e-mail: got %v, want %v", err, user.ErrExists)
				}
			}
			page, err := s.List(t.Context(), user.ListQuery{Limit: 1})
			if err != nil || len(page.Users) != 0 || page.More {
				t.Errorf("List: got %d users, more %v, %v, want none", len(page.Users), page.More, err)
			}
			if !slices.ContainsFunc([]string{"kept_token", "owner_version", "roles", "ban", "created_at", "updated_at", "plan", "first_name"}, func(field string) bool {
				return strings.HasPrefix(name, field) // found only after the write
			}) {
				checkNotUpdated(t, s)
			}
			if !bytes.Equal(only(t, db, "users"), before) {
				t.Error("the document has changed")
			}
			if err := s.Delete(t.Context(), arthurID, user.DeleteOptions{KeepSuperuser: true}); err != nil {
				t.Errorf("Delete: %v", err)
			}
		})
	}
}

func checkNotUpdated(t *testing.T, s *mongostore.Store) {
	t.Helper()
	yes, no := true, false
	for _, update := range []user.Update{
		{Profile: &Profile{Plan: "gold"}, ProfileFields: []string{"plan"}, UpdatedAt: changed},
		{IsActive: &yes, UpdatedAt: changed},
		{IsActive: &no, KeepSuperuser: true, UpdatedAt: changed},
	} {
		if _, err := s.Update(t.Context(), arthurID, update); !errors.Is(err, user.ErrNotFound) {
			t.Errorf("Update: got %v, want %v", err, user.ErrNotFound)
		}
	}
}

// checkDamaged demands an error that names the document but none of its values.
func checkDamaged(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, user.ErrDamaged) || !errors.Is(err, user.ErrNotFound) {
		t.Errorf("%s: got error %v, want %v", what, err, user.ErrDamaged)
		return
	}
	if text := err.Error(); !strings.Contains(text, string(arthurID)) {
		t.Errorf("%s: got error %q, want one that names %s", what, text, arthurID)
	}
	for _, value := range []string{"secret", "$argon2id", "camelot", "Arthur", tokenHash, "17"} {
		if strings.Contains(strings.ReplaceAll(err.Error(), string(arthurID), ""), value) {
			t.Errorf("%s: got error %q, want one without the value %q", what, err, value)
		}
	}
}

func breakIt(t *testing.T, db *mongo.Database, collection string, damage bson.D) {
	t.Helper()
	if _, err := db.Collection(collection).UpdateOne(t.Context(), bson.D{}, damage); err != nil {
		t.Fatalf("UpdateOne: %v", err)
	}
}

func TestListSkipsDamaged(t *testing.T) {
	t.Parallel()
	s, db := openProfile(t)
	var sound []user.ID
	for i := range 9 {
		u := arthur()
		u.ID = user.ID(strings.Replace(string(arthurID), "c", string(rune('1'+i)), 1))
		u.EmailKey = string(u.ID)
		if err := s.Create(t.Context(), u); err != nil {
			t.Fatalf("Create: %v", err)
		}
		if i%4 == 0 {
			sound = append(sound, u.ID) // the first, fifth and last
			continue
		}
		breakOne := bson.D{{Key: "$set", Value: bson.D{{Key: "is_active", Value: "yes"}}}}
		if _, err := db.Collection("users").UpdateOne(t.Context(), bson.D{{Key: "email_key", Value: u.EmailKey}}, breakOne); err != nil {
			t.Fatalf("UpdateOne: %v", err)
		}
	}
	var after user.ID
	for i, want := range sound {
		page, err := s.List(t.Context(), user.ListQuery{Limit: 1, After: after})
		if err != nil || len(page.Users) != 1 || page.Users[0].ID != want || page.More != (i < 2) {
			t.Fatalf("page %d: got %v, more %v, %v, want %s, %v", i, page.Users, page.More, err, want, i < 2)
		}
		after = want
	}
}

func TestDamagedSuperuserDoesNotCount(t *testing.T) {
	t.Parallel()
	s, db := openProfile(t)
	damaged, last := arthur(), arthur()
	damaged.IsSuperuser, last.IsSuperuser = true, true
	if err := s.Create(t.Context(), damaged); err != nil {
		t.Fatalf("Create: %v", err)
	}
	breakIt(t, db, "users", bson.D{{Key: "$unset", Value: bson.D{{Key: "hashed_password", Value: ""}}}})
	last.ID, last.EmailKey = s.NewID(), "last@camelot.bt"
	if err := s.Create(t.Context(), last); err != nil {
		t.Fatalf("Create: %v", err)
	}
	keep := user.DeleteOptions{KeepSuperuser: true}
	if err := s.Delete(t.Context(), last.ID, keep); !errors.Is(err, user.ErrLastSuperuser) {
		t.Errorf("Delete of the last sound superuser: got %v, want %v", err, user.ErrLastSuperuser)
	}
	if err := s.Delete(t.Context(), damaged.ID, keep); err != nil {
		t.Errorf("Delete of the damaged superuser: %v", err)
	}
}

func TestDamagedToken(t *testing.T) {
	t.Parallel()
	unset := func(field string) bson.D {
		return bson.D{{Key: "$unset", Value: bson.D{{Key: field, Value: ""}}}}
	}
	set := func(field string, value any) bson.D {
		return bson.D{{Key: "$set", Value: bson.D{{Key: field, Value: value}}}}
	}
	tests := map[string]bson.D{
		"no expiry":         unset("expires_at"),
		"expiry a string":   set("expires_at", "never"),
		"expiry a number":   set("expires_at", int64(1<<40)),
		"no version":        unset("token_version"),
		"version a string":  set("token_version", "0"),
		"no backend":        unset("backend"),
		"no creation":       unset("created_at"),
		"creation a string": set("created_at", "long ago"),
	}
	for name, damage := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, db := openProfile(t)
			token := records.Token{Hash: tokenHash, UserID: arthurID, Backend: "cookie", CreatedAt: created, ExpiresAt: ends}
			if err := s.CreateToken(t.Context(), token); err != nil {
				t.Fatalf("CreateToken: %v", err)
			}
			breakIt(t, db, "access_tokens", damage)
			_, err := s.TokenByHash(t.Context(), tokenHash)
			checkDamaged(t, "TokenByHash", err)
			if tokens, err := s.TokensOf(t.Context(), arthurID, records.TokenQuery{}); err != nil || len(tokens) != 0 {
				t.Errorf("TokensOf: got %d, %v, want none", len(tokens), err)
			}
		})
	}
}
