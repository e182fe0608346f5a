package routes

import (
	"errors"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// The errors of reading a body other than [invalidError]. Neither has details, which
// would have to quote the body.
var (
	// errTooLarge says that the body has more than maxBodyBytes; 413.
	errTooLarge = errors.New("routes: request body too large")
	// errUndecodable says that the body is no text, or broken off; 400.
	errUndecodable = errors.New("routes: request body cannot be decoded")
)

// invalidError says what is wrong with a request; 422.
type invalidError struct{ items []item }

// Error does not repeat the items, which belong to the client.
func (*invalidError) Error() string { return "routes: invalid request" }

// item is one thing that is wrong.
type item struct {
	loc      []any // strings, and ints where a byte offset is meant
	msg, typ string
}

// item words a fault. The particulars are left out where the wire has no place for them.
func (w Wire) item(f fault, particulars string, loc ...any) item {
	words := dialects[w].wordings[f]
	if words.explained {
		words.msg += ": " + particulars
	}
	return item{loc: loc, msg: words.msg, typ: words.typ}
}

// ruleItem is about a field that breaks a rule of the application, which says so in its own words.
func ruleItem(field, message string) item {
	return item{loc: []any{"body", field}, msg: message, typ: "value_error"}
}

// appendInvalid appends the body of a 422. It is written by hand because the
// order of the keys is part of the contract.
func appendInvalid(dst []byte, items []item) []byte {
	dst = append(dst, `{"detail":[`...)
	for i := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = items[i].append(dst)
	}
	return append(dst, `]}`...)
}

func (it *item) append(dst []byte) []byte {
	dst = append(dst, `{"loc":[`...)
	for i, part := range it.loc {
		if i > 0 {
			dst = append(dst, ',')
		}
		switch part := part.(type) {
		case string:
			dst = appendQuoted(dst, part)
		case int:
			dst = strconv.AppendInt(dst, int64(part), 10)
		}
	}
	dst = appendQuoted(append(dst, `],"msg":`...), it.msg)
	dst = appendQuoted(append(dst, `,"type":`...), it.typ)
	return append(dst, '}')
}

// appendQuoted appends a JSON string that escapes only what JSON demands. Bytes
// that are not UTF-8 become U+FFFD, which is all the error would say.
func appendQuoted(dst []byte, text string) []byte {
	dst, _ = jsontext.AppendQuote(dst, text)
	return dst
}
