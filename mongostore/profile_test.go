package mongostore

import (
	"reflect"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/profile"
)

// Arms is embedded without a bson tag.
type Arms struct {
	Sword string `json:"sword" bson:"sword"`
}

type regalia struct {
	Crown string `json:"crown" bson:"crown"`
}

// knight embeds as encoding/json allows.
type knight struct {
	Arms
	regalia `bson:",inline"`
	Name    string `json:"name" bson:"name"`
}

// A profile is flat in documents as it is in JSON, whatever the application embeds. The
// driver alone would store an embedded struct without the option inline below its name,
// and nothing at all of one that is not exported. This test fails when that changes:
// then the struct type that profileFields makes is not needed any more.
func TestEmbeddedStructsAreFlat(t *testing.T) {
	t.Parallel()
	described, err := profile.TypeOf[knight]()
	if err != nil {
		t.Fatal(err)
	}
	fields := newProfileFields(described, codec{})
	arthur := &knight{Arms{"Excalibur"}, regalia{"gold"}, "Arthur"}
	stored, err := fields.encode(arthur)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, stored), []string{"crown", "name", "sword"}; !slices.Equal(got, want) {
		t.Errorf("got the fields %v, want %v", got, want)
	}
	read, err := fields.ReadBack(arthur)
	if err != nil || !reflect.DeepEqual(read, arthur) {
		t.Errorf("got %+v, %v, want %+v", read, err, arthur)
	}

	alone, err := bson.Marshal(arthur)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, alone), []string{"arms", "name"}; !slices.Equal(got, want) {
		t.Errorf("by the driver alone: got the fields %v, want %v", got, want)
	}
}

// names returns the names of a document's fields, sorted.
func names(t *testing.T, document bson.Raw) []string {
	t.Helper()
	elements, err := document.Elements()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, element := range elements {
		all = append(all, element.Key())
	}
	slices.Sort(all)
	return all
}
