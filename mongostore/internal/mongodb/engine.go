package mongodb

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/mongo"
)

// What MongoDB-compatible engines do differently is in this file. The one that
// the tests and the example use is FerretDB over SQLite.

// engineDuplicate reports a unique index that refused an update, which FerretDB
// over SQLite answers with an internal error.
func engineDuplicate(err mongo.CommandError) (field string, ok bool) {
	const codeInternal = 1
	_, rest, found := strings.Cut(err.Message, "UNIQUE constraint failed: index '")
	if err.Code != codeInternal || !found {
		return "", false
	}
	// The index is named <collection>_<8 hexadecimal digits>_<index>.
	name, _, _ := strings.Cut(rest, "'")
	for _, index := range []string{"email_key_1", "email_1", "provider_1_account_id_1", "_id_"} {
		if strings.HasSuffix(name, "_"+index) {
			return fieldOfIndex(index), true
		}
	}
	return "", true
}

// EngineLacks reports whether the server does not know what it was asked for at
// all, as FerretDB knows neither TTL nor partial indexes nor collations.
func EngineLacks(err error) bool {
	return HasCode(err, CodeNotImplemented, CodeCommandUnsupported)
}
