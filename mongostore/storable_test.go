package mongostore_test

import (
	"encoding/json"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/mongostore/fastapiusers"
	"github.com/ginauth/ginauth/user"
)

// sealed has a JSON form of something that the driver does not see.
type sealed struct{ word string }

func (s sealed) MarshalJSON() ([]byte, error)     { return json.Marshal(s.word) }
func (s *sealed) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, &s.word) }

// stored is sealed with a stored form.
type stored struct{ word string }

func (s stored) MarshalJSON() ([]byte, error)            { return json.Marshal(s.word) }
func (s *stored) UnmarshalJSON(text []byte) error        { return json.Unmarshal(text, &s.word) }
func (s stored) MarshalBSONValue() (byte, []byte, error) { return bsonValueOf(s.word) }
func (s *stored) UnmarshalBSONValue(t byte, b []byte) error {
	return bson.RawValue{Type: bson.Type(t), Value: b}.Unmarshal(&s.word)
}

func bsonValueOf(word string) (byte, []byte, error) {
	t, value, err := bson.MarshalValue(word)
	return byte(t), value, err
}

type hidden struct {
	Street string `json:"street" bson:"street"`
}

type home struct {
	hidden
	City string `json:"city" bson:"city"`
}

type halfStored struct {
	Kept string `json:"kept" bson:"kept"`
	Lost string `json:"lost" bson:"-"`
}

func openBoth[P any](t *testing.T) error {
	t.Helper()
	db := mongotest.Database(t)
	_, err := mongostore.Open(t.Context(), db, mongostore.WithProfile[P]())
	_, other := fastapiusers.Open(t.Context(), mongotest.Database(t), fastapiusers.WithProfile[P]())
	if (err == nil) != (other == nil) {
		t.Errorf("mongostore: %v, fastapiusers: %v: want the same", err, other)
	}
	return err
}

func TestOpenRefusesWhatWouldBeLost(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"netip.Addr": openBoth[struct {
			Bad netip.Addr `json:"bad" bson:"bad"`
		}](t),
		"*big.Int": openBoth[struct {
			Bad *big.Int `json:"bad" bson:"bad"`
		}](t),
		"own JSON form": openBoth[struct {
			Bad []sealed `json:"bad" bson:"bad"`
		}](t),
		"never sent": openBoth[struct {
			Bad map[string]sealed `json:"-" bson:"bad"`
		}](t),
		"embedded unexported struct": openBoth[struct {
			Bad home `json:"bad" bson:"bad"`
		}](t),
		"sent but not stored": openBoth[struct {
			Bad halfStored `json:"bad" bson:"bad"`
		}](t),
	} {
		if err == nil || !strings.Contains(err.Error(), "field Bad:") {
			t.Errorf("%s: got %v, want an error that names the field Bad", name, err)
		}
	}
}

func TestOpenTakesWhatSurvives(t *testing.T) {
	t.Parallel()
	type good struct {
		Stored stored      `json:"stored" bson:"stored"`
		Number json.Number `json:"number" bson:"number"`
		Raw    any         `json:"raw" bson:"raw"`
		Shown  hidden      `json:"shown" bson:"shown"`
	}
	s, err := mongostore.Open(t.Context(), mongotest.Database(t), mongostore.WithProfile[good]())
	if err != nil {
		t.Fatal(err)
	}
	u := &user.User{ID: s.NewID(), EmailKey: "arthur@camelot.bt", Profile: &good{Stored: stored{"grail"}, Shown: hidden{"lake"}}}
	if err := s.Create(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	got, err := s.ByID(t.Context(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := good{Stored: stored{"grail"}, Number: "0", Shown: hidden{"lake"}}
	if profile := user.ProfileOf[good](got); !reflect.DeepEqual(*profile, want) {
		t.Errorf("got %+v, want %+v", *profile, want)
	}
}

// The registry and the BSON options of the client or database are the store's, too.
func TestClientsRegistryAndOptions(t *testing.T) {
	t.Parallel()
	type profile struct {
		Addr  netip.Addr `json:"addr" bson:"addr"`
		Names []string   `json:"names" bson:"names"`
	}
	base := mongotest.Database(t)
	db := base.Client().Database(base.Name(), options.Database().SetRegistry(addrRegistry()).
		SetBSONOptions(&options.BSONOptions{NilSliceAsEmpty: true}))
	s, err := mongostore.Open(t.Context(), db, mongostore.WithProfile[profile]())
	if err != nil {
		t.Fatal(err)
	}
	want := netip.MustParseAddr("203.0.113.7")
	u := &user.User{ID: s.NewID(), EmailKey: "arthur@camelot.bt", Profile: &profile{Addr: want}}
	if err := s.Create(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	got, err := s.ByID(t.Context(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	if p := user.ProfileOf[profile](got); p.Addr != want || p.Names == nil {
		t.Errorf("got %+v, want the address and an empty list", *p)
	}
}

func addrRegistry() *bson.Registry {
	registry := bson.NewRegistry()
	addr := reflect.TypeFor[netip.Addr]()
	registry.RegisterTypeEncoder(addr, bson.ValueEncoderFunc(func(_ bson.EncodeContext, w bson.ValueWriter, v reflect.Value) error {
		text, err := v.Interface().(netip.Addr).MarshalText()
		if err != nil {
			return err
		}
		return w.WriteString(string(text))
	}))
	registry.RegisterTypeDecoder(addr, bson.ValueDecoderFunc(func(_ bson.DecodeContext, r bson.ValueReader, v reflect.Value) error {
		text, err := r.ReadString()
		if err != nil {
			return err
		}
		return v.Addr().Interface().(*netip.Addr).UnmarshalText([]byte(text))
	}))
	return registry
}
