package profile

import (
	"reflect"
	"sync"
	"testing"
	"time"
)

type node struct {
	Value int
	Next  *node
}

type everything struct {
	names
	Number    int
	Text      *string
	Deep      **int
	Born      *time.Time
	When      time.Time
	Bytes     []byte
	Homes     []address
	HomeOf    map[string]*address
	Lists     map[string][]int
	Any       any
	Nodes     *node
	Pairs     [2][]int
	Func      func() int
	NilSlice  []string
	NilMap    map[string]int
	NilAny    any
	Empty     []string
	unexposed []int
}

func newEverything() *everything {
	text, first, number := "text", "Arthur", 7
	pointer := &number
	born := time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("Camelot", 3600))
	return &everything{
		names: names{FirstName: &first}, Number: 1, Text: &text, Deep: &pointer, Born: &born, When: born,
		Bytes: []byte("abc"), Homes: []address{{"Lake", []string{"wet"}}},
		HomeOf: map[string]*address{"arthur": {"Castle", []string{"high"}}}, Lists: map[string][]int{"a": {1, 2}},
		Any:   []any{map[string]any{"k": []int{1}}},
		Nodes: &node{1, &node{2, nil}}, Pairs: [2][]int{{1}, {2}}, Empty: []string{}, unexposed: []int{1},
	}
}

func TestClone(t *testing.T) {
	t.Parallel()
	profile := &Type{typ: reflect.TypeFor[everything]()}
	original := newEverything()
	clone := profile.Clone(original).(*everything)
	if !reflect.DeepEqual(clone, newEverything()) {
		t.Fatalf("got %+v, want an equal value", clone)
	}
	if clone.NilSlice != nil || clone.NilMap != nil || clone.NilAny != nil || clone.Empty == nil {
		t.Errorf("got %+v, want nil to stay nil and empty to stay empty", clone)
	}
	*clone.FirstName, *clone.Text, **clone.Deep = "changed", "changed", 0
	*clone.Born = time.Time{}
	clone.Bytes[0], clone.Homes[0].Street, clone.Homes[0].Tags[0] = 'x', "changed", "changed"
	clone.HomeOf["arthur"].Tags[0] = "changed"
	clone.HomeOf["new"] = nil
	clone.Lists["a"][0] = 0
	clone.Any.([]any)[0].(map[string]any)["k"].([]int)[0] = 0
	clone.Nodes.Next.Value = 0
	clone.Pairs[1][0] = 0
	clone.Empty = append(clone.Empty, "changed")
	if !reflect.DeepEqual(original, newEverything()) {
		t.Errorf("a change of the clone changed the original: %+v", original)
	}
}

func TestCloneNil(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]any{"nil": nil, "nil pointer": (*knight)(nil)} {
		if got := knightType(t).Clone(value); got != nil {
			t.Errorf("%s: got %v, want nil", name, got)
		}
	}
	if got := (*Type)(nil).Clone(&Billing{Plan: "gold"}); *got.(*Billing) != (Billing{Plan: "gold"}) {
		t.Errorf("nil type: got %+v, want a copy", got)
	}
}

// TestProfileConcurrent is for the race detector: one type and one value serve many readers at once.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	type fresh struct { // described and walked through here for the first time
		Name  *string
		Homes []address
	}
	name := "Arthur"
	shared := &fresh{Name: &name, Homes: []address{{"Lake", []string{"wet"}}}}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			profile, err := TypeOf[fresh]()
			if err != nil {
				t.Error(err)
				return
			}
			own := profile.Clone(shared).(*fresh)
			*own.Name, own.Homes[0].Tags[0] = "Elaine", "dry"
			if err := profile.Copy(own, shared, profile.Keys()); err != nil {
				t.Error(err)
			}
			own.Homes[0].Tags[0] = "dry again"
			if got := profile.Changed(shared, own, profile.Keys()); len(got) != 1 || got[0] != "Homes" {
				t.Errorf("got changed fields %v, want Homes", got)
			}
			if _, err := AppendMembers(nil, shared); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}

func BenchmarkClone(b *testing.B) {
	profile := knightType(b)
	first := "Lancelot"
	for name, value := range map[string]*knight{"flat": {names: names{FirstName: &first}},
		"nested": {Quests: []string{"grail"}, Home: address{Tags: []string{"wet"}}}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				profile.Clone(value)
			}
		})
	}
}
