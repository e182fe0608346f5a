package docs

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/internal/test/source"
)

const (
	reliabilityPage = "docs/reliability.md"
	faultCount      = 49
)

// reliabilityStates are the words for how far a promise holds, and whether the word
// wants a test.
var reliabilityStates = map[string]bool{"yes": true, "set": true, "partly": true, "nothing": false}

var reliabilityRow = regexp.MustCompile(`(?m)^\| (F\d\d) \|(.*)\|(.*)\|(.*)\|(.*)\|$`)

// Every fault has its row, in order, every promise a test, and every test exists.
func TestReliabilityDocs(t *testing.T) {
	t.Parallel()
	var want, got []string
	for i := range faultCount {
		want = append(want, fmt.Sprintf("F%02d", i+1))
	}
	tests := testsByFolder{}
	for _, row := range reliabilityRow.FindAllStringSubmatch(source.Read(t, reliabilityPage), -1) {
		id, fault, state, promise, proof := row[1], strings.TrimSpace(row[2]), strings.TrimSpace(row[3]), strings.TrimSpace(row[4]), row[5]
		got = append(got, id)
		promises, known := reliabilityStates[state]
		names := inlineCode.FindAllString(proof, -1)
		switch {
		case fault == "" || promise == "":
			t.Errorf("%s says nothing of the fault or the promise", id)
		case !known:
			t.Errorf("%s: %q is not a word for how far it holds", id, state)
		case promises && len(names) == 0:
			t.Errorf("%s: %s, but no test shows it", id, state)
		}
		tests.check(t, id, proof)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got the rows\n%v, want\n%v", got, want)
	}
}
