package migrate

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/ginauth/ginauth/sqlstore"
	"github.com/ginauth/ginauth/user/email"
)

// source is what the tables of the source are like.
type source struct {
	engine sqlstore.Engine
	// users are the columns of the users.
	users    []string
	accounts bool // whether there is a table of accounts
}

// builtIn are the columns of a user that have columns of their own in the target. All others
// are the application's.
var builtIn = []string{"id", "email", "hashed_password", "is_active", "is_superuser", "is_verified", "created_at", "updated_at"}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func (r *run) openSource(ctx context.Context) error {
	r.source.engine = sqlstore.SQLite
	var version string
	if r.From.QueryRowContext(ctx, `SELECT version()`).Scan(&version) == nil {
		r.source.engine = sqlstore.Postgres
	}
	columns, err := r.columns(ctx, r.Users)
	if err != nil {
		return fmt.Errorf("migrate: the source: read table %s: %w", r.Users, err)
	}
	for _, name := range builtIn[:6] {
		if !slices.Contains(columns, name) {
			return fmt.Errorf("migrate: the source: table %s has no column %s", r.Users, name)
		}
	}
	r.source.users = columns
	_, err = r.columns(ctx, r.Accounts)
	r.source.accounts = err == nil
	return nil
}

func (r *run) columns(ctx context.Context, table string) ([]string, error) {
	rows, err := r.From.QueryContext(ctx, `SELECT * FROM `+quoted(table)+` LIMIT 0`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	return columns, errors.Join(err, rows.Err())
}

// record is a row as it is read, by the names of its columns.
type record struct {
	values map[string]any
	types  map[string]string // of the columns, as the database calls them
	err    error             // the first thing that is not as it must be
}

// each calls do with batches of all rows of a table, in the order of a column that is
// unique.
func (r *run) each(ctx context.Context, step, table, key string, do func(batch []*record) error) error {
	selected, condition := `t.*`, quoted(key)+` > $1`
	if r.source.engine == sqlstore.Postgres {
		kind, err := r.typeOf(ctx, table, key)
		if err != nil || kind == "" {
			return err
		}
		condition = quoted(key) + ` > $1::text::` + kind
		selected += `, ` + quoted(key) + `::text AS ` + quoted(keyColumn)
		if table == r.Users { // the own columns as JSON, by PostgreSQL's rules
			selected += `, (to_jsonb(t) - '{` + strings.Join(builtIn, ",") + `}'::text[])::text AS ` + quoted(ownColumns)
		}
	}
	var last any
	for done := int64(0); ; {
		query, args := `SELECT `+selected+` FROM `+quoted(table)+` AS t`, []any{}
		if last != nil {
			query, args = query+` WHERE `+condition, []any{last}
		}
		batch, err := r.batch(ctx, query+` ORDER BY `+quoted(key)+` LIMIT `+strconv.Itoa(r.Batch), args)
		if err != nil {
			return fmt.Errorf("migrate: %s: %w", step, err)
		}
		if len(batch) == 0 {
			return nil
		}
		if last = batch[len(batch)-1].values[key]; r.source.engine == sqlstore.Postgres {
			last = batch[len(batch)-1].values[keyColumn]
		}
		if err := do(batch); err != nil {
			return err
		}
		done += int64(len(batch))
		r.Progress(Progress{Step: step, Done: done})
	}
}

// typeOf returns what PostgreSQL calls the type of a column, or nothing where the table is
// empty.
func (r *run) typeOf(ctx context.Context, table, column string) (kind string, err error) {
	err = r.From.QueryRowContext(ctx, `SELECT pg_typeof(`+quoted(column)+`)::text FROM `+quoted(table)+` LIMIT 1`).Scan(&kind)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("migrate: read %s: %w", table, err)
	}
	return kind, nil
}

// Columns that are added to what is read of PostgreSQL.
const (
	ownColumns = "ginauth own columns"
	keyColumn  = "ginauth key"
)

func (r *run) batch(ctx context.Context, query string, args []any) (batch []*record, err error) {
	rows, err := r.From.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = &values[i]
		}
		targets := slices.Clone(values)
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		one := &record{values: map[string]any{}, types: map[string]string{}}
		for i, column := range columns {
			one.values[column.Name()] = values[i]
			one.types[column.Name()] = strings.ToUpper(column.DatabaseTypeName())
		}
		batch = append(batch, one)
	}
	return batch, rows.Err()
}

func (r *record) fail(text string) {
	if r.err == nil {
		r.err = errors.New(text)
	}
}

// mismatch notes that a column is not as it must be, without its value.
func (r *record) mismatch(name string) {
	if r.values[name] == nil {
		r.fail(name + " is NULL or missing")
	} else {
		r.fail(name + " is of another type")
	}
}

// identity returns the value of an ID as it is in the source, for people, and as the UUID
// that it is in the target.
func (r *record) identity(name string) (spelled, id string) {
	switch value := r.values[name].(type) {
	case int64:
		spelled = strconv.FormatInt(value, 10)
	case string:
		spelled = value
	case []byte:
		if spelled = string(value); len(value) == len(uuid.UUID{}) {
			spelled = uuid.UUID(value).String()
		}
	default:
		if value != nil {
			spelled = fmt.Sprint(value)
		}
	}
	if parsed, err := uuid.Parse(spelled); err == nil {
		return parsed.String(), parsed.String()
	}
	n, err := strconv.ParseInt(spelled, 10, 64)
	if err != nil || n < 0 || n >= 1<<48 {
		r.mismatch(name)
		return spelled, ""
	}
	return spelled, fmt.Sprintf("00000000-0000-4000-8000-%012x", n)
}

// text returns a text that both engines can store as it is.
func (r *record) text(name string) string {
	value, ok := r.values[name].(string)
	if bytes, is := r.values[name].([]byte); is {
		value, ok = string(bytes), true
	}
	if !ok {
		r.mismatch(name)
	}
	if strings.ContainsAny(value, "\x00\x01") || strings.ToValidUTF8(value, "") != value {
		r.fail(name + " has characters that cannot be stored")
	}
	return value
}

// optionalText is text where NULL is the empty one.
func (r *record) optionalText(name string) string {
	if r.values[name] == nil {
		return ""
	}
	return r.text(name)
}

func (r *record) flag(name string) bool {
	switch value := r.values[name].(type) {
	case bool:
		return value
	case int64:
		if value == 0 || value == 1 {
			return value == 1
		}
	}
	r.mismatch(name)
	return false
}

// number returns an integer, or nil for NULL.
func (r *record) number(name string) any {
	switch value := r.values[name].(type) {
	case nil:
		return nil
	case int64:
		return value
	case int32:
		return int64(value)
	}
	r.mismatch(name)
	return nil
}

func (r *record) time(name string) time.Time {
	value, ok := r.values[name].(time.Time)
	if !ok || value.Year() < 1 || value.Year() > 9999 {
		r.mismatch(name)
	}
	return value.UTC().Truncate(time.Millisecond)
}

// person is a user of the source.
type person struct {
	source, id, email, key, hash string
	active, superuser, verified  bool
	created, updated             time.Time
	profile                      string
}

func (r *run) person(row *record) (person, error) {
	var p person
	p.source, p.id = row.identity("id")
	p.email, p.hash = row.text("email"), row.text("hashed_password")
	p.active, p.superuser, p.verified = row.flag("is_active"), row.flag("is_superuser"), row.flag("is_verified")
	key, ok := email.Key(p.email)
	if !ok {
		row.fail("email is no address")
	}
	p.key, p.created = key, r.started
	if slices.Contains(r.source.users, "created_at") {
		p.created = row.time("created_at")
	}
	p.updated = p.created
	if slices.Contains(r.source.users, "updated_at") {
		p.updated = row.time("updated_at")
	}
	p.profile = r.ownColumns(row)
	return p, row.err
}

// ownColumns returns the application's columns as a JSON object.
func (r *run) ownColumns(row *record) string {
	object := ""
	if r.source.engine == sqlstore.Postgres {
		object, _ = row.values[ownColumns].(string)
	} else {
		own := map[string]any{}
		for _, name := range r.source.users {
			if slices.Contains(builtIn, name) {
				continue
			}
			own[name] = row.values[name]
			switch value := row.values[name].(type) {
			case []byte:
				row.fail(name + " is binary")
			case string:
				if strings.HasPrefix(row.types[name], "JSON") && json.Valid([]byte(value)) {
					own[name] = json.RawMessage(value)
				}
			}
		}
		text, err := json.Marshal(own)
		if err != nil {
			row.fail("an own column has no form in JSON")
		}
		object = string(text)
	}
	if strings.Contains(object, `\u0000`) || strings.Contains(object, `\u0001`) {
		row.fail("an own column has characters that cannot be stored")
	}
	return object
}
