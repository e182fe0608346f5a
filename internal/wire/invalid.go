package wire

import (
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The errors of reading a body other than [InvalidError]. Neither has details, which
// would have to quote the body.
var (
	// ErrTooLarge says that the body has more than [MaxBodyBytes]; 413.
	ErrTooLarge = errors.New("routes: request body too large")
	// ErrUndecodable says that the body is no text, or broken off; 400.
	ErrUndecodable = errors.New("routes: request body cannot be decoded")
)

// InvalidError says what is wrong with a request; 422.
type InvalidError struct{ Items []Item }

// Error does not repeat the items, which belong to the client.
func (*InvalidError) Error() string { return "routes: invalid request" }

// Item is one thing that is wrong. The order of its members is part of the contract.
type Item struct {
	Loc  []any  `json:"loc"` // strings, and ints where a byte offset or a place in a list is meant
	Msg  string `json:"msg"`
	Type string `json:"type"`
}

// RuleItem is about a field that breaks a rule of the application, which says so in its own
// words.
func RuleItem(field, message string) Item {
	return Item{Loc: []any{"body", field}, Msg: message, Type: "value_error"}
}

// QueryItem is about a query parameter; the dialects do not differ in it.
func QueryItem(name, message string) Item {
	return Item{Loc: []any{"query", name}, Msg: message, Type: "value_error"}
}

// Body returns the body of a 422. Bytes that are not UTF-8 become U+FFFD.
func Body(items ...Item) []byte {
	body, err := json.Marshal(struct {
		Detail []Item `json:"detail"`
	}{items}, jsontext.AllowInvalidUTF8(true))
	if err != nil { // strings and ints have a JSON form
		panic("wire: " + err.Error())
	}
	return body
}
