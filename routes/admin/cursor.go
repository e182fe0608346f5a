package admin

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/listing"
)

const (
	cursorInfo = "ginauth:admin:cursor"
	macBytes   = 16
	maxCursor  = 2048
)

var cursorText = base64.RawURLEncoding.Strict()

// cursors are places in lists, as texts that clients cannot make. The first key signs.
type cursors struct{ keys [][]byte }

// cursor is a place, bound to an order and filters.
type cursor struct {
	Sort    listing.Sort `json:"s"`
	ID      user.ID      `json:"i"`
	Created int64        `json:"c,omitzero"` // milliseconds
	Key     string       `json:"k,omitzero"`
	Filters string       `json:"f"`
}

// text returns the cursor of a place in the list of query.
func (k cursors) text(query listing.Query, place listing.Place) string {
	one := cursor{Sort: query.Sort, ID: place.ID, Filters: filtersOf(query)}
	switch query.Sort {
	case listing.SortCreated, listing.SortNewest:
		one.Created = place.Created.UnixMilli()
	case listing.SortEmail:
		one.Key = place.EmailKey
	}
	body, err := json.Marshal(one)
	if err != nil {
		return "" // cannot be: it is texts and a number
	}
	return cursorText.EncodeToString(append(body, k.mac(k.keys[0], body)...))
}

// read returns the place of a cursor of the list of query, and false for any other text.
func (k cursors) read(query listing.Query, text string) (listing.Place, bool) {
	if len(text) > maxCursor {
		return listing.Place{}, false
	}
	data, err := cursorText.DecodeString(text)
	if err != nil || len(data) <= macBytes {
		return listing.Place{}, false
	}
	body, mac := data[:len(data)-macBytes], data[len(data)-macBytes:]
	authentic := false
	for _, key := range k.keys {
		authentic = hmac.Equal(mac, k.mac(key, body)) || authentic
	}
	var one cursor
	if !authentic || json.Unmarshal(body, &one) != nil || one.Sort != query.Sort || one.Filters != filtersOf(query) {
		return listing.Place{}, false
	}
	return listing.Place{ID: one.ID, Created: time.UnixMilli(one.Created).UTC(), EmailKey: one.Key}, true
}

func (cursors) mac(key, body []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(body)
	return h.Sum(nil)[:macBytes]
}

// filtersOf returns a short text that is another one for other filters.
func filtersOf(q listing.Query) string {
	flag := func(f *bool) string {
		if f == nil {
			return "-"
		}
		return fmt.Sprint(*f)
	}
	text := fmt.Sprintf("%q %s %s %s %q %s %d %d", q.EmailPrefix, flag(q.IsActive), flag(q.IsVerified), flag(q.IsSuperuser), q.Role, flag(q.Banned),
		q.CreatedAfter.UnixNano(), q.CreatedBefore.UnixNano())
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}
