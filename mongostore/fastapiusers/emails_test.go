package fastapiusers_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
)

func sound(email string) (id bson.ObjectID, document bson.D) {
	id = bson.NewObjectID()
	return id, append(bson.D{{Key: "_id", Value: id}, {Key: "email", Value: email}}, soundFields()...)
}

func register(t *testing.T, w *world, email string) string {
	t.Helper()
	_, body := w.send(t, http.MethodPost, "/auth/register", "", `{"email":"`+email+`","password":"guinevere"}`)
	return body
}

const (
	exists = `{"detail":"REGISTER_USER_ALREADY_EXISTS"}`
	bad    = `{"detail":"LOGIN_BAD_CREDENTIALS"}`
)

// An address is found in all spellings with its key and in no other.
func TestSpellings(t *testing.T) {
	t.Parallel()
	tests := []struct {
		stored string
		same   []string
		others []string
	}{
		{"Lance.Lot+x@camelot.bt", []string{"lance.lot+x@camelot.bt", "LANCE.LOT+X@CAMELOT.BT"}, []string{"lancexlot+x@camelot.bt", "lance.lot@camelot.bt"}},
		{"Ёж@пошта.укр", []string{"ёж@пошта.укр", "ЁЖ@ПОШТА.УКР", "ёж@xn--80a1acn3a.xn--j1amh"}, []string{"еж@пошта.укр"}},
		{"İlk@camelot.bt", []string{"i̇lk@camelot.bt", "İLK@camelot.bt"}, []string{"ilk@camelot.bt", "ılk@camelot.bt"}},
		{"caf\u00e9@camelot.bt", []string{"cafe\u0301@camelot.bt", "CAF\u00c9@camelot.bt"}, []string{"cafe@camelot.bt"}},
		{"straße@camelot.bt", []string{"STRAẞE@camelot.bt"}, []string{"strasse@camelot.bt"}},
	}
	var documents []bson.D
	for _, test := range tests {
		_, document := sound(test.stored)
		documents = append(documents, document)
	}
	w := newWorld(t, found(t, documents...))
	for _, test := range tests {
		for _, spelling := range append(test.same, test.stored) {
			if u, err := w.auth.Manager().ByEmail(t.Context(), spelling); err != nil || u.Email != test.stored {
				t.Errorf("%s as %s: got error %v", test.stored, spelling, err)
			}
			if body := register(t, w, spelling); body != exists {
				t.Errorf("%s as %s: register: got %s", test.stored, spelling, body)
			}
		}
		for _, other := range test.others {
			if _, err := w.auth.Manager().ByEmail(t.Context(), other); !errors.Is(err, user.ErrNotFound) {
				t.Errorf("%s is found as %s: got error %v", test.stored, other, err)
			}
			if body := register(t, w, other); !strings.Contains(body, `"id"`) {
				t.Errorf("%s takes %s: got %s", test.stored, other, body)
			}
		}
	}
}

// Of two users with one address the exact spelling decides, else nobody is found.
func TestTwoSpellings(t *testing.T) {
	t.Parallel()
	small, one := sound("bedivere@camelot.bt")
	large, two := sound("Bedivere@camelot.bt")
	w := newWorld(t, found(t, one, two))
	if text := w.log.String(); !strings.Contains(text, small.Hex()+", "+large.Hex()) {
		t.Errorf("not reported at the start: %s", text)
	}
	for range 2 { // the second time with a key, which the upgrade of the hash has added
		for email, id := range map[string]bson.ObjectID{"bedivere@camelot.bt": small, "Bedivere@camelot.bt": large} {
			token, answer := w.logIn(t, email, "viviane")
			if _, body := w.send(t, http.MethodGet, "/users/me", token, ""); !strings.Contains(body, id.Hex()) {
				t.Errorf("%s: got %s %s, want %s", email, answer, body, id.Hex())
			}
		}
		if token, answer := w.logIn(t, "BEDIVERE@camelot.bt", "viviane"); token != "" || answer != bad {
			t.Errorf("another spelling: got %s", answer)
		}
		if body := register(t, w, "BEDIVERE@camelot.bt"); body != exists {
			t.Errorf("register: got %s", body)
		}
	}
	for _, address := range []string{"", "BEDIVERE@camelot.bt"} {
		if _, err := w.store.ByEmail(t.Context(), email.Email{Address: address, Key: "bedivere@camelot.bt"}); !errors.Is(err, user.ErrDamaged) {
			t.Errorf("ByEmail(%q): got %v, want %v", address, err, user.ErrDamaged)
		}
	}
}

// The other application changes an address and knows nothing of its key.
func TestAddressChangedElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token, _ := w.logIn(t, "king.arthur@camelot.bt", "guinevere")
	if status, body := w.send(t, http.MethodPatch, "/users/me", token, `{"first_name":"Wart"}`); status != http.StatusOK {
		t.Fatalf("PATCH: got %d %s", status, body)
	}
	if got := w.count(t, "User", bson.D{{Key: "email_key", Value: "king.arthur@camelot.bt"}}); got != 1 {
		t.Fatalf("got %d documents with the key, want 1", got)
	}
	if _, err := w.db.Collection("User").UpdateOne(t.Context(), bson.D{{Key: "email", Value: "king.arthur@camelot.bt"}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "email", Value: "Arthur@tintagel.bt"}}}}); err != nil {
		t.Fatal(err)
	}
	if token, _ := w.logIn(t, "king.arthur@camelot.bt", "guinevere"); token != "" {
		t.Error("the old address still logs in")
	}
	if token, answer := w.logIn(t, "arthur@tintagel.bt", "guinevere"); token == "" {
		t.Errorf("the new address does not log in: %s", answer)
	}
	if body := register(t, w, "arthur@tintagel.bt"); body != exists {
		t.Errorf("register the new address: got %s", body)
	}
	if body := register(t, w, "King.Arthur@camelot.bt"); !strings.Contains(body, `"id"`) {
		t.Errorf("register the old address: got %s", body)
	}
	yes, key := true, "king.arthur@camelot.bt"
	_, err := w.store.Update(t.Context(), arthurID, user.Update{IsVerified: &yes, UpdatedAt: w.Now, If: user.Conditions{EmailKey: &key}})
	if !errors.Is(err, user.ErrNotFound) {
		t.Errorf("Update if the key is the old one: got %v, want %v", err, user.ErrNotFound)
	}
	if got := w.document(t, arthurID).Lookup("email_key").StringValue(); got != "arthur@tintagel.bt" {
		t.Errorf("email_key: got %s", got)
	}
}

// The key is found, too, where somebody else holds it in the index without having
// the address any more.
func TestKeyHeldElsewhere(t *testing.T) {
	t.Parallel()
	_, holder := sound("new@camelot.bt")
	holder = append(holder, bson.E{Key: "email_key", Value: "lancelot@camelot.bt"}, bson.E{Key: "email_key_of", Value: "lancelot@camelot.bt"})
	_, twin := sound("NEW@camelot.bt")
	twin = append(twin, bson.E{Key: "email_key", Value: "new@camelot.bt"})
	w := newWorld(t, found(t, holder, twin))
	address := email.Email{Address: "Lancelot@camelot.bt", Key: "lancelot@camelot.bt"}
	u, err := w.store.Update(t.Context(), arthurID, user.Update{Email: &address, UpdatedAt: w.Now.Add(time.Second)})
	if err != nil || u.EmailKey != "lancelot@camelot.bt" {
		t.Errorf("Update: got %v, %v", u, err)
	}
}
