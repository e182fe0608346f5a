package user_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/ginauth/ginauth/profile"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
)

func TestUpdateApply(t *testing.T) {
	t.Parallel()
	type fields struct {
		Crest string `json:"crest"`
		Steed string `json:"steed"`
	}
	described, err := profile.TypeOf[fields]()
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, time.January, 2, 3, 4, 5, 0, time.UTC)
	yes, no, hash := true, false, "new"
	u := &user.User{
		ID: "1", Email: "a@camelot.bt", EmailKey: "a@camelot.bt", HashedPassword: "old", IsActive: true,
		TokenVersion: 3, KeptToken: "kept", Profile: &fields{Crest: "lion", Steed: "Hengroen"},
	}
	update := user.Update{
		Email: &email.Email{Address: "B@camelot.bt", Key: "b@camelot.bt"}, HashedPassword: &hash,
		IsActive: &no, IsSuperuser: &yes, IsVerified: &yes,
		Profile: &fields{Crest: "dragon", Steed: "ignored"}, ProfileFields: []string{"crest"},
		EndTokens: true, KeepToken: "other", UpdatedAt: at,
	}
	if err := update.Apply(u, described); err != nil {
		t.Fatal(err)
	}
	want := &user.User{
		ID: "1", Email: "B@camelot.bt", EmailKey: "b@camelot.bt", HashedPassword: "new", IsSuperuser: true, IsVerified: true,
		TokenVersion: 4, KeptToken: "other", UpdatedAt: at, Profile: &fields{Crest: "dragon", Steed: "Hengroen"},
	}
	if !reflect.DeepEqual(*u, *want) || *u.Profile.(*fields) != *want.Profile.(*fields) {
		t.Errorf("got %#v, want %#v", *u, *want)
	}

	before := *u
	update = user.Update{HashedPassword: new(string), Profile: &fields{}, ProfileFields: []string{"is_superuser"}}
	if err := update.Apply(u, described); err == nil || !reflect.DeepEqual(*u, before) {
		t.Errorf("with an unknown field: got %v and %#v, want an error and no change", err, *u)
	}
}

func TestConditionsHold(t *testing.T) {
	t.Parallel()
	yes, no, hash, key, other := true, false, "hash", "a@camelot.bt", "other"
	version, older := int64(3), int64(2)
	u := &user.User{EmailKey: key, HashedPassword: hash, IsActive: true, TokenVersion: version}
	tests := []struct {
		name string
		cond user.Conditions
		want bool
	}{
		{"none", user.Conditions{}, true},
		{"all", user.Conditions{HashedPassword: &hash, EmailKey: &key, IsActive: &yes, IsVerified: &no, TokenVersion: &version}, true},
		{"other hash", user.Conditions{HashedPassword: &other, EmailKey: &key}, false},
		{"other key", user.Conditions{HashedPassword: &hash, EmailKey: &other}, false},
		{"inactive", user.Conditions{IsActive: &no}, false},
		{"verified", user.Conditions{IsVerified: &yes}, false},
		{"older version", user.Conditions{TokenVersion: &older}, false},
	}
	for _, test := range tests {
		if got := test.cond.Hold(u); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}
