package fastapiusers

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/net/idna"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
)

// folding compares regardless of letter case, and is what the other application
// looks addresses up with.
var folding = options.Collation{Locale: "en", Strength: 2}

func foldedOne() *options.FindOneOptionsBuilder { return options.FindOne().SetCollation(&folding) }

// withKey returns the stored users whose address has that key. Not all of them have
// the field, and where they have it, it may be that of an older address.
func (d *documents) withKey(ctx context.Context, users *mongo.Collection, key string) ([]bson.Raw, error) {
	byKey, err := find(ctx, users, bson.D{{Key: "email_key", Value: key}})
	if err != nil {
		return nil, err
	}
	candidates, err := d.spelledLike(ctx, users, key)
	if err != nil {
		return nil, err
	}
	var found []bson.Raw
	for _, document := range append(byKey, candidates...) {
		if hasKey(document, key) && !slices.ContainsFunc(found, func(other bson.Raw) bool { return sameID(document, other) }) {
			found = append(found, document)
		}
	}
	return found, nil
}

// hasKey reports whether a stored user has the address with that key. Where the
// address cannot be read the field decides, so that it stays taken.
func hasKey(document bson.Raw, key string) bool {
	if _, ok := document.Lookup("email").StringValueOK(); !ok {
		stored, ok := document.Lookup("email_key").StringValueOK()
		return ok && stored == key
	}
	own, ok := keyOf(document)
	return ok && own == key
}

func sameID(a, b bson.Raw) bool { return a.Lookup("_id").Equal(b.Lookup("_id")) }

// spelledLike returns at least all users whose address has that key.
func (d *documents) spelledLike(ctx context.Context, users *mongo.Collection, key string) ([]bson.Raw, error) {
	forms := spellings(key)
	if d.folded {
		return find(ctx, users, bson.D{{Key: "email", Value: bson.D{{Key: "$in", Value: forms}}}},
			options.Find().SetCollation(&folding))
	}
	patterns := make([]string, len(forms))
	for i, form := range forms {
		patterns[i] = pattern(form)
	}
	return find(ctx, users, bson.D{{Key: "email", Value: regex("^(?:" + strings.Join(patterns, "|") + ")$")}})
}

// spellings returns the addresses with that key whose domains are in ASCII and in
// the characters of its language.
func spellings(key string) []string {
	forms := []string{key}
	at := strings.LastIndexByte(key, '@')
	if domain, err := idna.Lookup.ToUnicode(key[at+1:]); err == nil && domain != key[at+1:] {
		forms = append(forms, key[:at+1]+domain)
	}
	return forms
}

// PrefixFilter implements [shape.Shape].
func (d *documents) PrefixFilter(prefix string) bson.D {
	local, _, _ := strings.Cut(prefix, "@")
	begins := regex("^" + pattern(local))
	return bson.D{{Key: "$or", Value: bson.A{
		bson.D{{Key: "email", Value: begins}}, bson.D{{Key: "email_key", Value: begins}},
	}}}
}

func regex(pattern string) bson.Regex { return bson.Regex{Pattern: pattern, Options: "i"} }

const (
	// maxRepeat is what every engine takes as the number of a repetition.
	maxRepeat = 1000
	// maxTries is in how many ways a pattern may let an engine that backtracks divide
	// an address among its repetitions. The address is a client's choice.
	maxTries = 10_000
)

// pattern returns a regular expression that, regardless of letter case, matches at
// least all spellings of text. Engines differ in how they fold letters outside
// ASCII, and some letters have accents of their own, so these match anything short.
// Neighbours among them are one repetition. Where there are so many repetitions that
// an engine may try for long, one takes the place of all between the first and the
// last. A look-up compares the keys of what it finds; a list shows more than was
// asked for, as it may with any repetition.
func pattern(text string) string {
	var p strings.Builder
	short := 0           // characters that match anything
	tries := 1           // at most maxTries + 1
	first, last := -1, 0 // where the first repetition begins and the last one ends
	flush := func() {
		for ; short > 0; short -= min(short, maxRepeat/4) {
			n := min(short, maxRepeat/4)
			if first < 0 {
				first = p.Len()
			}
			fmt.Fprintf(&p, ".{%d,%d}", n, 4*n)
			tries, last = min(tries*(3*n+1), maxTries+1), p.Len()
		}
	}
	runes := []rune(text)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		if r > unicode.MaxASCII {
			short++
			continue
		}
		if i+1 < len(runes) && unicode.Is(unicode.Mn, runes[i+1]) {
			short++
			i++
			continue
		}
		flush()
		p.WriteString(literal(r))
	}
	flush()
	if tries > maxTries {
		return p.String()[:first] + ".*" + p.String()[last:]
	}
	return p.String()
}

// literal returns a pattern for a character of ASCII.
func literal(r rune) string {
	switch r {
	case 0: // which ends a regular expression
		return `\x00`
	case 'i':
		return "[iİ]"
	}
	return regexp.QuoteMeta(string(r))
}

func find(
	ctx context.Context, in *mongo.Collection, filter bson.D, options ...options.Lister[options.FindOptions],
) ([]bson.Raw, error) {
	cursor, err := in.Find(ctx, filter, options...)
	if err != nil {
		return nil, mongodb.Failed("find in "+in.Name(), err)
	}
	var documents []bson.Raw
	if err := cursor.All(ctx, &documents); err != nil {
		return nil, mongodb.Failed("find in "+in.Name(), err)
	}
	return documents, nil
}
