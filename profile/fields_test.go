//lint:file-ignore SA5008,U1000 Malformed tags and fields that nobody uses are what is tested.

package profile

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

type (
	badNames struct {
		ID       string `json:"ident"` // BSON id
		Email    string // BSON email
		Mail     string `json:"email" bson:"mail"`        // JSON email
		Hash     string `json:"-" bson:"hashed_password"` // stored over ginauth's
		Super    bool   `json:"is_superuser"`
		Version  int    `json:"version" bson:"token_version"`
		Internal string `json:"_id"`
	}
	badTwins struct {
		A string
		B string `json:"A" bson:"b"`
		C string `json:"c" bson:"a"`
		D string `json:"E"`
		E string `json:"-"`
	}
	badTags struct {
		A string          `ginauth:"read-only"`
		B string          `ginauth:""`
		c string          `bson:"see"`
		d string          `ginauth:"readonly"`
		E int             `json:",string"`
		F string          `json:"f\"g"`
		G string          `bson:"g.h"`
		H string          `bson:"$h"`
		I string          `bson:"-"`
		J string          `bson:"j,unique"`
		K struct{ A int } `bson:",inline"`
	}
	badTypes struct {
		A chan int
		B func()
		C complex128
		D []struct{ X *chan int }
		E map[float64]string
		F map[string]func()
	}
	stamped   struct{ time.Time }
	badEmbeds struct {
		*Billing
		stamped
		names   `bson:"names"`
		Grail   `binding:"required"`
		address `json:"address"`
	}
	Grail   struct{ Found bool }
	shadows struct {
		Billing
		Plan string `json:"plan"`
	}
)

func TestTypeOfRefuses(t *testing.T) {
	t.Parallel()
	refusal := func(_ *Type, err error) error { return err }
	tests := []struct {
		name string
		err  error
		want []string // the lines, without the text all have in common
	}{
		{"no struct", refusal(TypeOf[int]()), []string{"int is not a struct"}},
		{"pointer", refusal(TypeOf[*knight]()), []string{"*profile.knight is not a struct"}},
		{"interface", refusal(TypeOf[any]()), []string{"interface {} is not a struct"}},
		{"names of ginauth", refusal(TypeOf[badNames]()), []string{
			`profile.badNames: field ID: BSON name "id" belongs to ginauth`,
			`profile.badNames: field Email: BSON name "email" belongs to ginauth`,
			`profile.badNames: field Mail: JSON name "email" belongs to ginauth`,
			`profile.badNames: field Hash: BSON name "hashed_password" belongs to ginauth`,
			`profile.badNames: field Super: JSON name "is_superuser" belongs to ginauth`,
			`profile.badNames: field Version: BSON name "token_version" belongs to ginauth`,
			`profile.badNames: field Internal: JSON name "_id" belongs to ginauth`,
		}},
		{"one name twice", refusal(TypeOf[badTwins]()), []string{
			`profile.badTwins: field B: name "A" is also the name of field A`,
			`profile.badTwins: field C: BSON name "a" is also the name of field A`,
			`profile.badTwins: field E: name "E" is also the name of field D`,
		}},
		{"tags", refusal(TypeOf[badTags]()), []string{
			`profile.badTags: field A: tag ginauth:"read-only" is unknown, want ginauth:"readonly"`,
			`profile.badTags: field B: tag ginauth:"" is unknown, want ginauth:"readonly"`,
			`profile.badTags: field c: has tags but is not exported`,
			`profile.badTags: field d: has tags but is not exported`,
			`profile.badTags: field E: json option "string" is not supported`,
			`profile.badTags: field F: JSON name "f\"g" has characters encoding/json does not take`,
			`profile.badTags: field G: BSON name "g.h" begins with $ or has a dot or NUL`,
			`profile.badTags: field H: BSON name "$h" begins with $ or has a dot or NUL`,
			`profile.badTags: field I: is sent to clients but not stored; give it the tag json:"-" too`,
			`profile.badTags: field J: bson option "unique" is not supported`,
			`profile.badTags: field K: the bson option inline is for an embedded struct without a JSON name`,
		}},
		{"types", refusal(TypeOf[badTypes]()), []string{
			`profile.badTypes: field A: type chan int has no JSON form`,
			`profile.badTypes: field B: type func() has no JSON form`,
			`profile.badTypes: field C: type complex128 has no JSON form`,
			`profile.badTypes: field D: type chan int has no JSON form`,
			`profile.badTypes: field E: type map[float64]string has no JSON form`,
			`profile.badTypes: field F: type func() has no JSON form`,
		}},
		{"embedded", refusal(TypeOf[badEmbeds]()), []string{
			`profile.badEmbeds: field Billing: is an embedded pointer; embed the struct itself or give it a JSON name`,
			`profile.badEmbeds: field stamped: is embedded but has a JSON form of its own; give it a JSON name`,
			`profile.badEmbeds: field Time: is embedded but has a JSON form of its own; give it a JSON name`,
			`profile.badEmbeds: field names: is flat in JSON, so its bson tag may only be ",inline"`,
			`profile.badEmbeds: field Grail: is embedded, so its binding tag has no effect`,
			`profile.badEmbeds: field address: has tags but is not exported`,
		}},
		{"shadowed", refusal(TypeOf[shadows]()), []string{
			`profile.shadows: field Plan: name "plan" is also the name of field Plan`,
			`profile.shadows: field Plan: BSON name "plan" is also the name of field Plan`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := "profile: type " + strings.Join(tt.want, "\nprofile: type ")
			if tt.err == nil || tt.err.Error() != want {
				t.Errorf("got error\n%v, want\n%v", tt.err, want)
			}
		})
	}
}

func TestTypeOfAccepts(t *testing.T) {
	t.Parallel()
	type tree struct {
		Label    string
		Children []tree
	}
	type odd struct {
		Named   Billing         `json:"billing"`
		Raw     json.RawMessage `json:"raw"`
		Any     any             `json:"any"`
		Tree    tree            `json:"tree"`
		ByDay   map[time.Time]int
		Hidden  Billing `json:"-" bson:"hidden"`
		Ordered [3]int  `bson:"ordered,minsize,omitempty"`
		private chan int
	}
	if _, err := TypeOf[odd](); err != nil {
		t.Errorf("got error %v, want none", err)
	}
	if profile, err := TypeOf[struct{}](); err != nil || len(profile.Fields()) != 0 {
		t.Errorf("empty struct: got %v, %v, want a type without fields", profile, err)
	}
}
