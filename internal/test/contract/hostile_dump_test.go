package contract

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// rawDump returns every document of a database, by collection and _id.
type rawDump func(t *testing.T) map[string]string

func dumpOf(db *mongo.Database) rawDump {
	return func(t *testing.T) map[string]string {
		t.Helper()
		names, err := db.ListCollectionNames(t.Context(), bson.D{})
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]string{}
		for _, name := range names {
			var documents []bson.Raw
			cursor, err := db.Collection(name).Find(t.Context(), bson.D{})
			if err == nil {
				err = cursor.All(t.Context(), &documents)
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range documents {
				all[name+" "+d.Lookup("_id").String()] = d.String()
			}
		}
		return all
	}
}

// dump asks the store for everything that is of a user.
func (h *hostileWorld) dump(t *testing.T) map[string]map[string]string {
	t.Helper()
	records := map[string]map[string]string{}
	store := h.in.store.fullStore
	page, err := store.List(t.Context(), user.ListQuery{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range page.Users {
		records["user "+string(u.ID)] = userFields(u)
		for _, token := range h.tokensOf(t, u) {
			records["token "+token.Hash] = map[string]string{
				"": token.Backend + " of " + u.Email, "ip": token.IP, "agent": token.UserAgent, "version": fmt.Sprint(token.TokenVersion),
				"created": token.CreatedAt.UTC().String(), "expires": token.ExpiresAt.UTC().String(), "seen": token.LastSeenAt.UTC().String(),
			}
		}
		accounts, err := store.AccountsOf(t.Context(), u.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range accounts {
			records["account "+a.ID] = map[string]string{"": a.Provider + ":" + a.AccountID + " of " + u.Email, "email": a.AccountEmail, "tokens": a.AccessToken + " " + a.RefreshToken, "times": fmt.Sprint(a.ExpiresAt, a.CreatedAt, a.UpdatedAt)}
		}
	}
	return records
}

// tokensOf returns a user's records of all backends.
func (h *hostileWorld) tokensOf(t *testing.T, u *user.User) []records.Token {
	t.Helper()
	var all []records.Token
	var asked []records.TokenStore
	for _, b := range h.in.auth.Routes().Authenticator().Backends() {
		if b.Records() == nil || slices.Contains(asked, b.Records()) {
			continue
		}
		asked = append(asked, b.Records())
		tokens, err := b.Records().TokensOf(t.Context(), u.ID, records.TokenQuery{})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, tokens...)
	}
	return all
}

func userFields(u *user.User) map[string]string {
	flags := []string{}
	for name, set := range map[string]bool{"active": u.IsActive, "superuser": u.IsSuperuser, "verified": u.IsVerified} {
		if set {
			flags = append(flags, name)
		}
	}
	slices.Sort(flags)
	return map[string]string{
		"": u.Email, "email": u.Email + " " + u.EmailKey, "password": u.HashedPassword, "flags": strings.Join(flags, ","),
		"version": fmt.Sprint(u.TokenVersion), "kept": u.KeptToken, "created": u.CreatedAt.UTC().String(), "updated": u.UpdatedAt.UTC().String(),
		"first_name": nameOf(u), "plan": u.Profile.(*Profile).Plan,
	}
}

// look notes what is stored before the first case.
func (h *hostileWorld) look(t *testing.T) {
	h.records = h.dump(t)
	if h.raw != nil {
		h.documents = h.raw(t)
	}
}

// effects tells what has changed since it was asked last, sorted: "+ user EMAIL
// FLAGS name=… plan=…", "~ user EMAIL FIELDS", "- token BACKEND of EMAIL" and the
// like. Where no document has changed, and nothing is expected to, it asks no further.
func (h *hostileWorld) effects(t *testing.T, expected bool) []string {
	t.Helper()
	documents := h.documents
	if h.raw != nil {
		if h.documents = h.raw(t); !expected && maps.Equal(documents, h.documents) {
			return []string{}
		}
	}
	before := h.records
	h.records = h.dump(t)
	all := changes(before, h.records)
	all = append(all, unexplained(documents, h.documents, all)...)
	slices.Sort(all)
	return all
}

func changes(before, after map[string]map[string]string) []string {
	all := []string{}
	for key, fields := range after {
		kind, _, _ := strings.Cut(key, " ")
		old, there := before[key]
		changed := changedFields(old, fields)
		switch {
		case !there && kind == "user":
			all = append(all, fmt.Sprintf("+ user %s %s name=%s plan=%s", fields[""], fields["flags"], fields["first_name"], fields["plan"]))
		case !there && kind == "token":
			all = append(all, "+ token "+fields[""]+" from "+fields["ip"])
		case !there:
			all = append(all, "+ "+kind+" "+fields[""])
		case len(changed) > 0:
			all = append(all, "~ "+kind+" "+old[""]+" "+strings.Join(changed, ","))
		}
	}
	for key, fields := range before {
		if _, there := after[key]; !there {
			kind, _, _ := strings.Cut(key, " ")
			all = append(all, "- "+kind+" "+fields[""])
		}
	}
	return all
}

func changedFields(old, now map[string]string) []string {
	changed := []string{}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if name != "" && name != "updated" && old[name] != now[name] {
			changed = append(changed, name)
		}
	}
	if len(changed) == 0 && old["updated"] != now["updated"] {
		changed = append(changed, "updated")
	}
	return changed
}

// unexplained are changes of documents that no effect told accounts for. That a
// state was used is none: only this store shows it.
func unexplained(before, after map[string]string, told []string) []string {
	kinds := map[string]string{"users": "user", "guards": "user", "access_tokens": "token", "oauth_accounts": "account"}
	var all []string
	note := func(sign, key string) {
		collection, _, _ := strings.Cut(key, " ")
		kind, known := kinds[collection]
		explained := known && slices.ContainsFunc(told, func(effect string) bool { return strings.HasPrefix(effect[2:], kind+" ") })
		if !explained && collection != "used_states" {
			all = append(all, sign+" document in "+key)
		}
	}
	for key, document := range after {
		if old, there := before[key]; !there {
			note("+", key)
		} else if old != document {
			note("~", key)
		}
	}
	for key := range before {
		if _, there := after[key]; !there {
			note("-", key)
		}
	}
	return all
}
