package mongostore_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
)

// Profile is the application's own struct in the tests of documents.
type Profile struct {
	FirstName *string `json:"first_name" bson:"first_name"`
	Plan      string  `json:"plan" bson:"plan" ginauth:"readonly"`
}

const (
	arthurID  = user.ID("c430b0fe-ba2f-4aa5-9e30-a0114f29bd4b")
	accountID = "0b0e6d54-4a5c-4d5f-8a2c-0d3c5e1f7a90"
	tokenHash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
)

var (
	created = time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC)
	changed = created.Add(time.Hour)
	// ends is in the future: a server removes what has expired by its own clock.
	ends = created.AddDate(100, 0, 0)
)

// binary is an ID as it is stored.
func binary(id string) bson.Binary {
	parsed := uuid.MustParse(id)
	return bson.Binary{Subtype: 4, Data: parsed[:]}
}

func arthur() *user.User {
	name := "Arthur"
	return &user.User{
		ID: arthurID, Email: "King.Arthur@camelot.bt", EmailKey: "king.arthur@camelot.bt", HashedPassword: "$argon2id$hash",
		IsActive: true, CreatedAt: created, UpdatedAt: created, Profile: &Profile{FirstName: &name, Plan: "free"},
	}
}

func openProfile(t *testing.T) (*mongostore.Store, *mongo.Database) {
	t.Helper()
	db := mongotest.Database(t)
	s, err := mongostore.Open(t.Context(), db, mongostore.WithProfile[Profile]())
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return s, db
}

// checkDocument compares the only document of a collection with want, to the byte.
func checkDocument(t *testing.T, what string, db *mongo.Database, collection string, want bson.D) {
	t.Helper()
	wanted, err := bson.Marshal(want)
	if err != nil {
		t.Fatalf("Marshal: %v", err)
	}
	got := only(t, db, collection)
	if !bytes.Equal(got, wanted) {
		t.Errorf("%s: got document\n%v, want\n%v", what, got, bson.Raw(wanted))
	}
}

func only(t *testing.T, db *mongo.Database, collection string) bson.Raw {
	t.Helper()
	cursor, err := db.Collection(collection).Find(t.Context(), bson.D{})
	var all []bson.Raw
	if err == nil {
		err = cursor.All(t.Context(), &all)
	}
	if err != nil || len(all) != 1 {
		t.Fatalf("%s: got %d documents, %v, want 1", collection, len(all), err)
	}
	return all[0]
}

func TestUserDocument(t *testing.T) {
	t.Parallel()
	s, db := openProfile(t)
	if err := s.Create(t.Context(), arthur()); err != nil {
		t.Fatalf("Create: %v", err)
	}
	want := bson.D{
		{Key: "_id", Value: binary("c430b0fe-ba2f-4aa5-9e30-a0114f29bd4b")},
		{Key: "email", Value: "King.Arthur@camelot.bt"},
		{Key: "email_key", Value: "king.arthur@camelot.bt"},
		{Key: "hashed_password", Value: "$argon2id$hash"},
		{Key: "is_active", Value: true},
		{Key: "is_superuser", Value: false},
		{Key: "is_verified", Value: false},
		{Key: "token_version", Value: int64(0)},
		{Key: "created_at", Value: bson.DateTime(1767323045678)},
		{Key: "updated_at", Value: bson.DateTime(1767323045678)},
		{Key: "first_name", Value: "Arthur"},
		{Key: "plan", Value: "free"},
	}
	checkDocument(t, "created", db, "users", want)

	no := false
	steps := []struct {
		name   string
		update user.Update
		want   func(bson.D) bson.D
	}{
		{
			name:   "changed",
			update: user.Update{IsActive: &no, Profile: &Profile{Plan: "gold"}, ProfileFields: []string{"first_name"}, UpdatedAt: changed},
			want: func(d bson.D) bson.D {
				d[4].Value, d[9].Value, d[10].Value = false, bson.DateTime(1767326645678), nil
				return d
			},
		},
		{
			name:   "token kept",
			update: user.Update{EndTokens: true, KeepToken: tokenHash, UpdatedAt: changed},
			want: func(d bson.D) bson.D {
				d[7].Value = int64(1)
				return append(d, bson.E{Key: "kept_token", Value: tokenHash})
			},
		},
		{
			name:   "token not kept",
			update: user.Update{EndTokens: true, UpdatedAt: changed},
			want: func(d bson.D) bson.D {
				d[7].Value = int64(2)
				return d[:12]
			},
		},
	}
	for _, step := range steps {
		if _, err := s.Update(t.Context(), arthurID, step.update); err != nil {
			t.Fatalf("%s: Update: %v", step.name, err)
		}
		want = step.want(want)
		checkDocument(t, step.name, db, "users", want)
	}
}

func TestUserDocumentObjectID(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	s, err := mongostore.Open(t.Context(), db, mongostore.WithObjectIDs())
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	u := arthur()
	u.ID, u.Profile, u.KeptToken = "65a1b2c3d4e5f60718293a4b", nil, tokenHash
	if err := s.Create(t.Context(), u); err != nil {
		t.Fatalf("Create: %v", err)
	}
	id, _ := bson.ObjectIDFromHex("65a1b2c3d4e5f60718293a4b")
	checkDocument(t, "created", db, "users", bson.D{
		{Key: "_id", Value: id},
		{Key: "email", Value: "King.Arthur@camelot.bt"},
		{Key: "email_key", Value: "king.arthur@camelot.bt"},
		{Key: "hashed_password", Value: "$argon2id$hash"},
		{Key: "is_active", Value: true},
		{Key: "is_superuser", Value: false},
		{Key: "is_verified", Value: false},
		{Key: "token_version", Value: int64(0)},
		{Key: "kept_token", Value: tokenHash},
		{Key: "created_at", Value: bson.DateTime(1767323045678)},
		{Key: "updated_at", Value: bson.DateTime(1767323045678)},
	})
}

func TestAccountDocument(t *testing.T) {
	t.Parallel()
	s, db := openProfile(t)
	if err := s.Create(t.Context(), arthur()); err != nil {
		t.Fatalf("Create: %v", err)
	}
	a := records.OAuthAccount{
		ID: accountID, UserID: arthurID, Provider: "google", AccountID: "1094", AccountEmail: "king.arthur@tintagel.bt",
		AccessToken: "sealed-access", RefreshToken: "sealed-refresh", ExpiresAt: time.Unix(1767225600, 0), EmailVerified: true, CreatedAt: created, UpdatedAt: created,
	}
	document := func(access, refresh, expires any, updated int64) bson.D {
		return bson.D{
			{Key: "_id", Value: binary(accountID)},
			{Key: "user_id", Value: binary(string(arthurID))},
			{Key: "provider", Value: "google"},
			{Key: "account_id", Value: "1094"},
			{Key: "account_email", Value: "king.arthur@tintagel.bt"},
			{Key: "access_token", Value: access},
			{Key: "refresh_token", Value: refresh},
			{Key: "expires_at", Value: expires},
			{Key: "email_verified", Value: true},
			{Key: "created_at", Value: bson.DateTime(1767323045678)},
			{Key: "updated_at", Value: bson.DateTime(updated)},
		}
	}
	if err := s.LinkAccount(t.Context(), a); err != nil {
		t.Fatalf("LinkAccount: %v", err)
	}
	checkDocument(t, "linked", db, "oauth_accounts", document("sealed-access", "sealed-refresh", int64(1767225600), 1767323045678))

	a.ID, a.AccessToken, a.RefreshToken, a.ExpiresAt, a.CreatedAt, a.UpdatedAt = s.NewAccountID(), "", "", time.Time{}, changed, changed
	if err := s.LinkAccount(t.Context(), a); err != nil {
		t.Fatalf("LinkAccount: %v", err)
	}
	checkDocument(t, "linked again", db, "oauth_accounts", document(nil, "sealed-refresh", nil, 1767326645678))

	if err := s.UnlinkAccountsOf(t.Context(), arthurID, records.EveryOwner); err != nil {
		t.Fatalf("UnlinkAccountsOf: %v", err)
	}
	a.ID, a.CreatedAt = accountID, created
	if err := s.LinkAccount(t.Context(), a); err != nil {
		t.Fatalf("LinkAccount: %v", err)
	}
	checkDocument(t, "without tokens", db, "oauth_accounts", document(nil, nil, nil, 1767326645678))
}

func TestTokenDocument(t *testing.T) {
	t.Parallel()
	s, db := openProfile(t)
	token := records.Token{
		Hash: tokenHash, UserID: arthurID, Backend: "cookie", TokenVersion: 3, CreatedAt: created.Add(999 * time.Microsecond),
		ExpiresAt: ends, LastSeenAt: created, IP: "203.0.113.7", UserAgent: "Tintagel/1.0",
	}
	document := func(expires, seen any) bson.D {
		return bson.D{
			{Key: "_id", Value: tokenHash},
			{Key: "user_id", Value: binary(string(arthurID))},
			{Key: "backend", Value: "cookie"},
			{Key: "token_version", Value: int64(3)},
			{Key: "created_at", Value: bson.DateTime(1767323045678)},
			{Key: "expires_at", Value: expires},
			{Key: "last_seen_at", Value: seen},
			{Key: "ip", Value: "203.0.113.7"},
			{Key: "user_agent", Value: "Tintagel/1.0"},
		}
	}
	for range 2 { // the second time its answer was lost
		if err := s.CreateToken(t.Context(), token); err != nil {
			t.Fatalf("CreateToken: %v", err)
		}
	}
	checkDocument(t, "created", db, "access_tokens", document(bson.DateTime(4922996645678), bson.DateTime(1767323045678)))
	if err := s.TouchToken(t.Context(), tokenHash, changed, time.Time{}); err != nil {
		t.Fatalf("TouchToken: %v", err)
	}
	checkDocument(t, "touched", db, "access_tokens", document(nil, bson.DateTime(1767326645678)))
	token.UserID = s.NewID()
	if err := s.CreateToken(t.Context(), token); err == nil {
		t.Error("CreateToken with the hash of another user's: got no error")
	}
}

func TestUsedStateDocument(t *testing.T) {
	t.Parallel()
	s, db := openProfile(t)
	if err := s.Use(t.Context(), "jti", ends); err != nil {
		t.Fatalf("Use: %v", err)
	}
	checkDocument(t, "used", db, "used_states", bson.D{
		{Key: "_id", Value: "jti"}, {Key: "expires_at", Value: bson.DateTime(4922996645678)},
	})
}

func TestUnknownFieldsStay(t *testing.T) {
	t.Parallel()
	s, db := openProfile(t)
	if err := s.Create(t.Context(), arthur()); err != nil {
		t.Fatalf("Create: %v", err)
	}
	unknown := bson.D{
		{Key: "Plan", Value: "not the profile's"}, {Key: "legacy", Value: bson.D{{Key: "a", Value: bson.A{int32(1), nil}}}}, {Key: "n", Value: int32(1)},
	}
	if _, err := db.Collection("users").UpdateOne(t.Context(), bson.D{}, bson.D{{Key: "$set", Value: unknown}}); err != nil {
		t.Fatalf("UpdateOne: %v", err)
	}
	yes := true
	update := user.Update{
		Email: &email.Email{Address: "a@b.bt", Key: "a@b.bt"}, IsVerified: &yes, Profile: &Profile{Plan: "gold"},
		ProfileFields: []string{"first_name", "plan"}, EndTokens: true, UpdatedAt: changed,
	}
	u, err := s.Update(t.Context(), arthurID, update)
	if err != nil {
		t.Fatalf("Update: %v", err)
	}
	if plan := u.Profile.(*Profile).Plan; plan != "gold" {
		t.Errorf("plan: got %q, want gold", plan)
	}
	document := only(t, db, "users")
	for _, field := range unknown {
		wanted, _ := bson.Marshal(bson.D{field})
		if got, want := document.Lookup(field.Key), bson.Raw(wanted).Lookup(field.Key); !got.Equal(want) {
			t.Errorf("%s: got %v, want %v", field.Key, got, want)
		}
	}
}

// Base and Odd are a profile that the driver alone would store otherwise.
type Base struct {
	Nick string `json:"nick" bson:"nick,omitempty"`
	Age  int32
}

type Odd struct {
	Base
	Count  int64   `json:"count" bson:"count,minsize"`
	Secret *string `json:"-" bson:"secret"`
	Zip    string  `json:"zip" bson:",omitempty"`
	//lint:ignore U1000 it must not disturb
	cached string
}

func TestOddProfile(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	s, err := mongostore.Open(t.Context(), db, mongostore.WithProfile[Odd]())
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	u := arthur()
	u.Profile = &Odd{Base: Base{Nick: "Wart", Age: 12}, Count: 7, Zip: "TR1"}
	if err := s.Create(t.Context(), u); err != nil {
		t.Fatalf("Create: %v", err)
	}
	check := func(what string, want bson.D) {
		t.Helper()
		elements, err := only(t, db, "users").Elements()
		if err != nil {
			t.Fatalf("Elements: %v", err)
		}
		wanted, _ := bson.Marshal(want)
		if got := joined(elements[10:]); !bytes.Equal(got, wanted) {
			t.Errorf("%s: got profile fields %v, want %v", what, got, bson.Raw(wanted))
		}
	}
	check("created", bson.D{
		{Key: "nick", Value: "Wart"}, {Key: "age", Value: int32(12)}, {Key: "count", Value: int32(7)}, {Key: "secret", Value: nil},
		{Key: "zip", Value: "TR1"},
	})
	u, err = s.Update(t.Context(), arthurID, user.Update{
		Profile: &Odd{Count: 1 << 40}, ProfileFields: []string{"nick", "count", "zip"}, UpdatedAt: changed,
	})
	if err != nil {
		t.Fatalf("Update: %v", err)
	}
	check("changed", bson.D{{Key: "age", Value: int32(12)}, {Key: "count", Value: int64(1 << 40)}, {Key: "secret", Value: nil}})
	if got, want := *u.Profile.(*Odd), (Odd{Base: Base{Age: 12}, Count: 1 << 40}); got != want {
		t.Errorf("profile: got %+v, want %+v", got, want)
	}
}

// joined makes a document of elements.
func joined(elements []bson.RawElement) bson.Raw {
	var d bson.D
	for _, e := range elements {
		d = append(d, bson.E{Key: e.Key(), Value: e.Value()})
	}
	raw, _ := bson.Marshal(d)
	return raw
}
