// Package migrate copies the users of a FastAPI Users application that are in the tables of
// its SQLAlchemy adapter into the tables of package sqlstore. The command ginauth-migrate of
// this module is made of it.
//
// Source and target are PostgreSQL or SQLite, and may be one database. It only reads the
// source and only adds to the target: what is there already is compared and never written
// over. So a run can be killed and repeated at any moment, and the way back is to go on
// using the source. Whatever it cannot take over without guessing is reported by its ID.
//
// UUIDs stay. An integer ID n becomes the UUID 00000000-0000-4000-8000- with n in twelve
// hexadecimal digits, so that other tables can follow by an expression.
package migrate

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/ginauth/ginauth/sqlstore"
)

// Config says what to copy where.
type Config struct {
	// From is the database of the FastAPI Users application. Required.
	From *sql.DB
	// To is the database of the ginauth application, whose tables [Run] makes where they
	// are missing. Required by [Run] and [Compare].
	To *sql.DB

	// Users, Accounts and AccessTokens are the tables in From. They default to "user",
	// "oauth_account" and "accesstoken". Without a table of accounts there are none.
	Users, Accounts, AccessTokens string
	// Backend is the name of the backend that is to read the access tokens of the source,
	// which are copied as hashes. Defaults to none: they are not copied.
	Backend string
	// Lifetime is how long access tokens are valid after they were made. Required with
	// Backend.
	Lifetime time.Duration
	// KeepProviderTokens copies the tokens of OAuth providers, as they are. Defaults to
	// false: ginauth keeps none unless the application asks for it.
	KeepProviderTokens bool
	// LeaveBehind lets [Run] copy the others where some rows cannot be copied. Defaults to
	// false: nothing is copied then.
	LeaveBehind bool
	// ReviveDeleted lets [Run] add to a target that an application has worked on since the
	// last run: users who were deleted there exist again, and tokens that were ended there
	// are valid again. Defaults to false: [Run] returns [ErrInUse].
	ReviveDeleted bool

	// Batch is how many rows are read and written at a time. Defaults to 500.
	Batch int
	// Problem is called for everything that cannot be copied as it is. Defaults to nothing;
	// [Report] has their numbers.
	Problem func(Problem)
	// Progress is called after every batch. Defaults to nothing.
	Progress func(Progress)
	// Now returns the time, by which tokens are expired. Defaults to time.Now.
	Now func() time.Time
}

// Progress is how far a run has got.
type Progress struct {
	// Step is what is being done, such as "copy users".
	Step string
	// Done rows are done.
	Done int64
}

// ErrProblems reports that some rows cannot be copied, and that nothing was.
var ErrProblems = errors.New("migrate: some rows cannot be copied")

// ErrLost reports that the target lacks what the source has. Running again copies it.
var ErrLost = errors.New("migrate: the target is not complete")

// ErrInUse reports that an application has worked on the target since the last run, which
// would add again what was deleted there, and that nothing was copied.
var ErrInUse = errors.New("migrate: the target has been in use since the last run")

// Check reads all and writes nothing: the dry run. A source without users is an error, here
// and elsewhere: it is another one than was meant.
func Check(ctx context.Context, config Config) (Report, error) {
	r, err := newRun(ctx, config)
	if err != nil {
		return Report{}, err
	}
	err = r.plan(ctx)
	return r.report, err
}

// Run does what [Check] does, then copies, then compares. A run that was ended at any moment
// is continued by the next one. It returns [ErrProblems] where Check finds what cannot be
// copied, unless config.LeaveBehind is set, [ErrInUse] unless config.ReviveDeleted is set,
// and [ErrLost].
func Run(ctx context.Context, config Config) (Report, error) {
	r, err := newRun(ctx, config)
	if err != nil {
		return Report{}, err
	}
	if err := r.plan(ctx); err != nil {
		return r.report, err
	}
	if r.report.problems() > 0 && !r.LeaveBehind {
		return r.report, ErrProblems
	}
	for _, step := range []func(context.Context) error{
		r.makeTarget, r.checkUnused, r.noteFilling, r.copyUsers, r.copyAccounts, r.copyTokens, r.compare, r.noteFilled,
	} {
		if err := step(ctx); err != nil {
			return r.report, err
		}
	}
	return r.report, nil
}

// Compare reads source and target and reports what the target lacks or has differently: all
// as [Run] does it last, without writing anything.
func Compare(ctx context.Context, config Config) (Report, error) {
	r, err := newRun(ctx, config)
	if err != nil {
		return Report{}, err
	}
	if err := r.plan(ctx); err != nil {
		return r.report, err
	}
	if err := r.openTarget(ctx, sqlstore.WithoutMigrations()); err != nil {
		return r.report, err
	}
	return r.report, r.compare(ctx)
}

// run is one run.
type run struct {
	Config
	report  Report
	source  source
	target  sqlstore.Engine
	started time.Time
	// behind are the users and accounts that are not copied, by table and ID in the source.
	behind map[string]bool
}

func newRun(ctx context.Context, config Config) (*run, error) {
	r := &run{Config: config, behind: map[string]bool{}}
	if err := r.complete(); err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	r.started = r.Now().UTC().Truncate(time.Millisecond)
	return r, r.openSource(ctx)
}

func (r *run) complete() error {
	r.Users = cmp.Or(r.Users, "user")
	r.Accounts = cmp.Or(r.Accounts, "oauth_account")
	r.AccessTokens = cmp.Or(r.AccessTokens, "accesstoken")
	r.Batch = cmp.Or(r.Batch, 500)
	if r.Now == nil {
		r.Now = time.Now
	}
	if r.Problem == nil {
		r.Problem = func(Problem) {}
	}
	if r.Progress == nil {
		r.Progress = func(Progress) {}
	}
	var problems []error
	note := func(wrong bool, text string) {
		if wrong {
			problems = append(problems, errors.New(text))
		}
	}
	note(r.From == nil, "Config.From is missing")
	note(r.Batch < 1, "Config.Batch is negative")
	note(r.Backend != "" && r.Lifetime <= 0, "Config.Lifetime is missing")
	note(r.Users == "users" && r.From == r.To, "users would be copied onto themselves: choose another database or another schema")
	return errors.Join(problems...)
}

// openTarget makes the tables, so that nothing can get into the target twice.
func (r *run) openTarget(ctx context.Context, options ...sqlstore.Option) error {
	if r.To == nil {
		return errors.New("migrate: Config.To is missing")
	}
	store, err := sqlstore.Open(ctx, r.To, append(options, sqlstore.WithoutTidying())...)
	if err != nil {
		return fmt.Errorf("migrate: the target: %w", err)
	}
	r.target = store.Engine()
	return nil
}

func (r *run) makeTarget(ctx context.Context) error { return r.openTarget(ctx) }
