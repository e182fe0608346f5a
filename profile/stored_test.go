package profile_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/ginauth/ginauth/profile"
)

type storedProfile struct {
	FirstName *string          `json:"first_name"`
	Tags      []string         `json:"tags"`
	Scores    map[string]int64 `json:"scores"`
	JoinedAt  time.Time        `json:"joined_at"`
	Note      string           `json:"-"`
}

func storedType(t *testing.T) *profile.Type {
	t.Helper()
	described, err := profile.TypeOf[storedProfile]()
	if err != nil {
		t.Fatal(err)
	}
	return described
}

func TestStoredProfile(t *testing.T) {
	t.Parallel()
	name := "Arthur"
	full := &storedProfile{
		FirstName: &name, Tags: []string{"king"}, Scores: map[string]int64{"quest": -1 << 40},
		JoinedAt: time.Date(2026, time.January, 2, 3, 4, 5, 678_000_000, time.UTC), Note: "not for clients",
	}
	tests := []struct {
		name    string
		profile any
		before  string
		want    string
	}{
		{
			name: "everything", profile: full,
			want: `{"Note":"not for clients","first_name":"Arthur","joined_at":"2026-01-02T03:04:05.678Z","scores":{"quest":-1099511627776},"tags":["king"]}`,
		},
		{
			name: "nothing", profile: nil,
			want: `{"Note":"","first_name":null,"joined_at":"0001-01-01T00:00:00Z","scores":null,"tags":null}`,
		},
		{
			name: "over another version", profile: &storedProfile{Tags: []string{}}, before: `{"crest":{"beast":"dragon"},"tags":["old"]}`,
			want: `{"Note":"","crest":{"beast":"dragon"},"first_name":null,"joined_at":"0001-01-01T00:00:00Z","scores":null,"tags":[]}`,
		},
	}
	for _, test := range tests {
		got, err := storedType(t).EncodeStored(test.profile, []byte(test.before))
		if err != nil || string(got) != test.want {
			t.Errorf("%s: got %s, %v, want %s", test.name, got, err, test.want)
			continue
		}
		back, err := storedType(t).DecodeStored(got)
		want := test.profile
		if want == nil {
			want = &storedProfile{}
		}
		if err != nil || !reflect.DeepEqual(back, want) {
			t.Errorf("%s: decoded: got %+v, %v, want %+v", test.name, back, err, want)
		}
	}
}

func TestStoredProfileRefuses(t *testing.T) {
	t.Parallel()
	described := storedType(t)
	for name, profile := range map[string]any{"a struct": storedProfile{}, "another type": &struct{ X int }{}, "a nil pointer": (*storedProfile)(nil)} {
		if got, err := described.EncodeStored(profile, nil); err == nil {
			t.Errorf("encode %s: got %s, want an error", name, got)
		}
	}
	if _, err := described.EncodeStored(nil, []byte("nonsense")); err == nil {
		t.Error("encode over nonsense: got no error")
	}
	for _, object := range []string{"", "nonsense", `{"tags":"king"}`} {
		if got, err := described.DecodeStored([]byte(object)); err == nil {
			t.Errorf("decode %q: got %v, want an error", object, got)
		}
	}
}

func TestStoredProfileWithoutFields(t *testing.T) {
	t.Parallel()
	var none *profile.Type
	object, err := none.EncodeStored(nil, nil)
	if err != nil || string(object) != "{}" {
		t.Errorf("got %s, %v, want {}", object, err)
	}
	if profile, err := none.DecodeStored(object); profile != nil || err != nil {
		t.Errorf("got %v, %v, want nil", profile, err)
	}
}
