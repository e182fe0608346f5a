//lint:file-ignore SA5008,U1000 Malformed tags and fields that nobody uses are what is tested.

package profile

import (
	"reflect"
	"slices"
	"testing"
	"time"
)

type address struct {
	Street string   `json:"street"`
	Tags   []string `json:"tags"`
}

// Embedded structs, one of them read-only as a whole.
type names struct {
	FirstName *string `json:"first_name" bson:"first_name" binding:"omitempty,max=80"`
	LastName  string  `json:",omitempty"`
}

type Billing struct {
	Plan   string `json:"plan"`
	Credit int    `json:"credit"`
}

type knight struct {
	names   `bson:",inline"`
	Billing `ginauth:"readonly"`
	Born    *time.Time     `json:"born" bson:"date_of_birth,omitempty"`
	Home    address        `json:"home"`
	Quests  []string       `json:"quests"`
	Titles  map[string]any `json:"titles"`
	Note    string         `json:"-"`
	Dash    bool           `json:"-,"`
	Cache   func()         `json:"-" bson:"-"`
	_       struct{}       `json:"-"`
	private int
}

func knightType(t testing.TB) *Type {
	t.Helper()
	profile, err := TypeOf[knight]()
	if err != nil {
		t.Fatal(err)
	}
	return profile
}

func TestTypeFields(t *testing.T) {
	t.Parallel()
	want := []Field{
		{Name: "first_name", BSONName: "first_name", GoName: "FirstName", Index: []int{0, 0}, Nilable: true,
			Type: reflect.TypeFor[*string](), Binding: "omitempty,max=80"},
		{Name: "LastName", BSONName: "lastname", GoName: "LastName", Index: []int{0, 1}, Type: reflect.TypeFor[string]()},
		{Name: "plan", BSONName: "plan", GoName: "Plan", Index: []int{1, 0}, ReadOnly: true, Type: reflect.TypeFor[string]()},
		{Name: "credit", BSONName: "credit", GoName: "Credit", Index: []int{1, 1}, ReadOnly: true, Type: reflect.TypeFor[int]()},
		{Name: "born", BSONName: "date_of_birth", GoName: "Born", Index: []int{2}, Nilable: true,
			Type: reflect.TypeFor[*time.Time]()},
		{Name: "home", BSONName: "home", GoName: "Home", Index: []int{3}, Type: reflect.TypeFor[address]()},
		{Name: "quests", BSONName: "quests", GoName: "Quests", Index: []int{4}, Nilable: true, Type: reflect.TypeFor[[]string]()},
		{Name: "titles", BSONName: "titles", GoName: "Titles", Index: []int{5}, Nilable: true,
			Type: reflect.TypeFor[map[string]any]()},
		{BSONName: "note", GoName: "Note", Index: []int{6}, Type: reflect.TypeFor[string]()},
		{Name: "-", BSONName: "dash", GoName: "Dash", Index: []int{7}, Type: reflect.TypeFor[bool]()},
	}
	profile := knightType(t)
	if got := profile.Fields(); !reflect.DeepEqual(got, want) {
		t.Errorf("got fields\n%+v, want\n%+v", got, want)
	}
	wantKeys := []string{"first_name", "LastName", "plan", "credit", "born", "home", "quests", "titles", "Note", "-"}
	if got := profile.Keys(); !slices.Equal(got, wantKeys) {
		t.Errorf("got keys %v, want %v", got, wantKeys)
	}
	for _, name := range []string{"", "Note", "note", "FirstName", "First_Name", "Cache", "private", "email"} {
		if field, ok := profile.Field(name); ok {
			t.Errorf("Field(%q) = %+v, want none", name, field)
		}
	}
	if field, ok := profile.Field("plan"); !ok || !field.ReadOnly {
		t.Errorf("Field(\"plan\") = %+v, %v, want a read-only field", field, ok)
	}
	if got := profile.Type(); got != reflect.TypeFor[knight]() {
		t.Errorf("got type %v, want knight", got)
	}
	if got, ok := profile.New().(*knight); !ok || got.FirstName != nil || got.Plan != "" {
		t.Errorf("got new profile %+v, want a zero *knight", got)
	}
	profile.Fields()[0].Name = "changed"
	if got := profile.Fields()[0].Name; got != "first_name" {
		t.Errorf("a caller changed the type: first field is %q now", got)
	}
	if again := knightType(t); again != profile {
		t.Error("the same type was described twice")
	}
}

func TestTypeNil(t *testing.T) {
	t.Parallel()
	var none *Type
	if got := none.New(); got != nil {
		t.Errorf("New() = %v, want nil", got)
	}
	if got := none.Type(); got != nil {
		t.Errorf("Type() = %v, want nil", got)
	}
	if got := none.Fields(); got != nil {
		t.Errorf("Fields() = %v, want none", got)
	}
	if got := none.Keys(); got != nil {
		t.Errorf("Keys() = %v, want none", got)
	}
	if _, ok := none.Field("plan"); ok {
		t.Error("Field found one")
	}
	if got := none.Clone(nil); got != nil {
		t.Errorf("Clone(nil) = %v, want nil", got)
	}
	if err := none.Copy(nil, nil, nil); err != nil {
		t.Errorf("Copy of no field = %v, want no error", err)
	}
	if err := none.Copy(&knight{}, &knight{}, []string{"plan"}); err == nil {
		t.Error("Copy of a field = nil, want an error")
	}
	if got := none.Changed(nil, nil, []string{"plan"}); got != nil {
		t.Errorf("Changed = %v, want none", got)
	}
}

func TestTypeCopy(t *testing.T) {
	t.Parallel()
	first := "Lancelot"
	src := &knight{Note: "brave", Quests: []string{"grail"}, Home: address{"Lake", []string{"wet"}}}
	src.FirstName, src.Plan = &first, "gold"
	dst := &knight{Note: "old", Dash: true}
	if err := knightType(t).Copy(dst, src, []string{"first_name", "Note", "quests", "home"}); err != nil {
		t.Fatal(err)
	}
	if *dst.FirstName != "Lancelot" || dst.Note != "brave" || dst.Quests[0] != "grail" || dst.Home.Tags[0] != "wet" {
		t.Errorf("got %+v, want the named fields copied", dst)
	}
	if dst.Plan != "" || !dst.Dash {
		t.Errorf("got %+v, want the other fields left alone", dst)
	}
	*dst.FirstName, dst.Quests[0], dst.Home.Tags[0] = "Elaine", "love", "dry"
	if first != "Lancelot" || src.Quests[0] != "grail" || src.Home.Tags[0] != "wet" {
		t.Errorf("a change of the copy changed the source: %+v", src)
	}
	if err := knightType(t).Copy(dst, &knight{}, []string{"first_name"}); err != nil || dst.FirstName != nil {
		t.Errorf("got %v and error %v, want a nil copied", dst.FirstName, err)
	}
}

func TestTypeCopyRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		dst, src any
		names    []string
		want     string
	}{
		{"unknown field", &knight{}, &knight{Note: "new"}, []string{"Note", "note"},
			`profile: copy: profile.knight has no field "note"`},
		{"nil destination", (*knight)(nil), &knight{}, []string{"Note"},
			"profile: copy from *profile.knight to *profile.knight: want pointers to profile.knight"},
		{"no source", &knight{}, nil, []string{"Note"},
			"profile: copy from <nil> to *profile.knight: want pointers to profile.knight"},
		{"another type", &knight{}, &Billing{}, []string{"plan"},
			"profile: copy from *profile.Billing to *profile.knight: want pointers to profile.knight"},
		{"no pointer", &knight{}, knight{}, []string{"Note"},
			"profile: copy from profile.knight to *profile.knight: want pointers to profile.knight"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := knightType(t).Copy(tt.dst, tt.src, tt.names)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got error %v, want %v", err, tt.want)
			}
			if dst, _ := tt.dst.(*knight); dst != nil && dst.Note != "" {
				t.Errorf("got note %q, want nothing copied", dst.Note)
			}
		})
	}
}

func TestTypeChanged(t *testing.T) {
	t.Parallel()
	profile := knightType(t)
	first, same := "Lancelot", "Lancelot"
	old := &knight{Note: "brave", Quests: []string{"grail"}, Titles: map[string]any{"sir": 1}}
	old.FirstName = &first
	new := profile.Clone(old).(*knight)
	new.FirstName = &same
	if got := profile.Changed(old, new, profile.Keys()); got != nil {
		t.Errorf("equal profiles: got %v, want none", got)
	}
	new.Note, new.Quests, new.Plan = "wise", []string{}, "gold"
	new.Titles["sir"] = 2
	if got, want := profile.Changed(old, new, []string{"titles", "plan", "Note", "first_name", "quests", "nonsense"}),
		[]string{"titles", "plan", "Note", "quests"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := profile.Changed(old, new, []string{"first_name"}); got != nil {
		t.Errorf("got %v, want only fields that were named", got)
	}
	if got, want := profile.Changed(nil, &knight{Note: "new"}, profile.Keys()), []string{"Note"}; !slices.Equal(got, want) {
		t.Errorf("from no profile: got %v, want %v", got, want)
	}
	if got := profile.Changed(nil, (*knight)(nil), profile.Keys()); got != nil {
		t.Errorf("two nil profiles: got %v, want none", got)
	}
}
