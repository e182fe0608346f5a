package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Engine is a database that [Open] works with.
type Engine string

// The engines.
const (
	// Postgres is PostgreSQL 14 or later.
	Postgres Engine = "postgres"
	// SQLite is SQLite 3.38 or later.
	SQLite Engine = "sqlite"
)

const (
	minPostgres = 140000
	minSQLite   = "3.38"
)

// engineOf asks a database what it is. It does not go by the driver, which may be wrapped.
func engineOf(ctx context.Context, db *sql.DB) (Engine, error) {
	var version string
	err := db.QueryRowContext(ctx, `SELECT version()`).Scan(&version)
	if err == nil {
		return postgresOf(ctx, db, version)
	}
	if sqliteErr := db.QueryRowContext(ctx, `SELECT sqlite_version()`).Scan(&version); sqliteErr != nil {
		return "", failed("open: ask for the version", err)
	}
	if !isSQLite(version) {
		return "", fmt.Errorf("sqlstore: open: the database is SQLite %s, want %s or later", version, minSQLite)
	}
	return SQLite, nil
}

func isSQLite(version string) bool {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(minor)
	return major == "3" && err == nil && n >= 38
}

// postgresOf checks a server that has answered with its version.
func postgresOf(ctx context.Context, db *sql.DB, version string) (Engine, error) {
	if !strings.HasPrefix(version, "PostgreSQL ") {
		return "", errors.New("sqlstore: open: the database is neither PostgreSQL nor SQLite")
	}
	var number int
	var encoding string
	const ask = `SELECT current_setting('server_version_num')::int, current_setting('server_encoding')`
	if err := db.QueryRowContext(ctx, ask).Scan(&number, &encoding); err != nil {
		return "", failed("open: ask for the version", err)
	}
	if number < minPostgres {
		return "", fmt.Errorf("sqlstore: open: the database is PostgreSQL %d, want %d or later", number/10000, minPostgres/10000)
	}
	if encoding != "UTF8" {
		return "", fmt.Errorf("sqlstore: open: the database has the encoding %s, want UTF8: create it with ENCODING 'UTF8' TEMPLATE template0", encoding)
	}
	return Postgres, nil
}

// unstorable is a value that the database must not see: the statement fails before it is
// sent.
type unstorable string

// Value implements [driver.Valuer].
func (u unstorable) Value() (driver.Value, error) { return nil, errors.New(string(u)) }

// text returns a text as it is stored. PostgreSQL has no texts with NUL and none that are
// not UTF-8, so no engine gets them.
func text(value string) any {
	if !isText(value) {
		return unstorable("a text has NUL or is not valid UTF-8")
	}
	return value
}

// isText reports whether the engines can store all of these texts. What they cannot store
// names nothing.
func isText(values ...string) bool {
	for _, value := range values {
		if !utf8.ValidString(value) || strings.IndexByte(value, 0) >= 0 {
			return false
		}
	}
	return true
}

// escapes are how NUL, which PostgreSQL has in no text, is stored in names that come from
// elsewhere: the keys of credentials, the IDs of what is pending, what OAuth providers
// call their accounts. They are compared byte by byte all the same.
var (
	escapes   = strings.NewReplacer("\x01", "\x01\x01", "\x00", "\x01\x02")
	unescapes = strings.NewReplacer("\x01\x01", "\x01", "\x01\x02", "\x00")
)

// name returns a name as it is stored; [unescapes] reads it.
func name[T ~string](value T) any {
	if !utf8.ValidString(string(value)) {
		return unstorable("a name is not valid UTF-8")
	}
	return escapes.Replace(string(value))
}

// isName reports whether these can be names of something.
func isName[T ~string](values ...T) bool {
	for _, value := range values {
		if !utf8.ValidString(string(value)) {
			return false
		}
	}
	return true
}

// called is a name as it is read.
type called[T ~string] struct{ into *T }

// Scan implements [sql.Scanner].
func (c called[T]) Scan(value any) error {
	var stored sql.NullString
	err := stored.Scan(value)
	*c.into = T(unescapes.Replace(stored.String))
	return err
}

// nameIn returns the place that a name is read into.
func nameIn[T ~string](into *T) called[T] { return called[T]{into} }

// described returns a text that describes something and decides nothing, with U+FFFD in
// place of what cannot be stored.
func described(value string) string {
	if isText(value) {
		return value
	}
	return strings.ReplaceAll(strings.ToValidUTF8(value, "\uFFFD"), "\x00", "\uFFFD")
}

// nullable returns the text of an ID, or NULL where it is empty.
func nullable(value string) any {
	if value == "" {
		return nil
	}
	return text(value)
}

// blob returns data, never as NULL.
func blob(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}

// list returns names as a JSON array, with the escapes of [name], or NULL for nil.
func list[T ~string](names []T) any {
	if names == nil {
		return nil
	}
	stored := make([]string, len(names))
	for i, one := range names {
		if !isName(one) {
			return unstorable("a name is not valid UTF-8")
		}
		stored[i] = escapes.Replace(string(one))
	}
	array, err := json.Marshal(stored)
	if err != nil {
		return unstorable("a list has no JSON form")
	}
	return string(array)
}

// names reads what list has made.
func names[T ~string](array []byte) (names []T, err error) {
	if array == nil {
		return nil, nil
	}
	err = json.Unmarshal(array, &names)
	for i := range names {
		names[i] = T(unescapes.Replace(string(names[i])))
	}
	return names, err
}

// at returns a time as it is stored: to the millisecond.
func (e Engine) at(t time.Time) any {
	t = t.UTC()
	switch {
	case t.Year() < 1 || t.Year() > 9999:
		return unstorable("a time is not within the years 1 to 9999")
	case e == SQLite:
		return t.UnixMilli()
	}
	return t.Truncate(time.Millisecond)
}

// orNull is at, or NULL for the zero time.
func (e Engine) orNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return e.at(t)
}

// bound returns the first time that can be stored which is not before t, or the nearest
// one: a client may ask for any time.
func (e Engine) bound(t time.Time) any {
	t = t.UTC().Add(time.Millisecond - 1).Truncate(time.Millisecond)
	if t.Before(earliest) {
		t = earliest
	}
	if t.After(latest) {
		t = latest
	}
	return e.at(t)
}

var (
	earliest = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC)
)

// millisecond returns the time as it is read back.
func millisecond(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// stamp is a time as it is read: the zero time for NULL.
type stamp struct{ time.Time }

// Scan implements [sql.Scanner].
func (s *stamp) Scan(value any) error {
	switch value := value.(type) {
	case nil:
		s.Time = time.Time{}
	case int64:
		s.Time = time.UnixMilli(value).UTC()
	case time.Time:
		s.Time = value.UTC()
	default:
		return fmt.Errorf("got a %T, want a time", value)
	}
	return nil
}
