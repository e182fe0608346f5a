// Ginauth-migrate copies the users of a FastAPI Users application that are in the tables of
// its SQLAlchemy adapter into those of sqlstore. Source and target are PostgreSQL or SQLite.
// It reads the source and adds to the target; it changes and removes nothing.
//
// Usage:
//
//	SOURCE_URL=postgres://… DATABASE_URL=postgres://… ginauth-migrate [flags]
//
// SOURCE_URL may be the URL that the other application gives to SQLAlchemy, such as
// postgresql+asyncpg://… or sqlite+aiosqlite:///./app.db, and may name the same database as
// DATABASE_URL: the tables have different names.
//
// Without -apply it only reads and reports what it would leave behind: the dry run. With
// -apply it does that first, and then copies and compares. A run that was ended at any
// moment is continued by running it again, but not once an application works on the target:
// without -revive-deleted the command refuses to add again what was deleted there.
//
// Whatever cannot be taken over without guessing is listed on standard output, one line
// each, by ID and without any value; progress goes to standard error. The exit status is 0
// if all is well, 1 after a failure, 2 for wrong flags, and 3 if something was listed.
//
// The command of the same name in the main module does this with MongoDB.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"

	"github.com/ginauth/ginauth/sqlstore/migrate"
)

// Exit statuses.
const (
	statusFailed = 1
	statusUsage  = 2
	statusListed = 3
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Getenv("SOURCE_URL"), os.Getenv("DATABASE_URL"), os.Stdout, os.Stderr))
}

// choices are what the flags say.
type choices struct {
	migrate.Config
	apply, compare bool
}

var errUsage = errors.New("wrong flags")

func parse(args []string, from, to string, stderr io.Writer) (choices, error) {
	var c choices
	flags := flag.NewFlagSet("ginauth-migrate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&c.Users, "users", "user", "`table` of users in the source")
	flags.StringVar(&c.Accounts, "accounts", "oauth_account", "`table` of OAuth accounts in the source, which may be missing")
	flags.StringVar(&c.AccessTokens, "tokens", "accesstoken", "`table` of stored access tokens in the source")
	flags.StringVar(&c.Backend, "tokens-backend", "", "copy stored access tokens for the `backend` of that name")
	flags.DurationVar(&c.Lifetime, "tokens-lifetime", 0, "how long those are valid after they were made, such as 1h")
	flags.BoolVar(&c.apply, "apply", false, "copy, after reading all; without it nothing is written")
	flags.BoolVar(&c.compare, "compare", false, "only compare source and target")
	flags.BoolVar(&c.LeaveBehind, "leave-behind", false, "copy the others where some rows cannot be copied")
	flags.BoolVar(&c.ReviveDeleted, "revive-deleted", false,
		"copy into a target that has been in use since the last run: deleted users exist again there, and ended tokens are valid again")
	flags.BoolVar(&c.KeepProviderTokens, "keep-provider-tokens", false, "copy the tokens of OAuth providers, in clear")
	flags.IntVar(&c.Batch, "batch", 500, "rows read and written at a time")
	flags.Usage = func() {
		fmt.Fprintln(stderr, "Usage: SOURCE_URL=… DATABASE_URL=… ginauth-migrate [flags]")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return c, err
	}
	for _, wrong := range []struct {
		is   bool
		text string
	}{
		{flags.NArg() > 0, fmt.Sprintf("unexpected argument %q", flags.Arg(0))},
		{from == "", "SOURCE_URL is not set"},
		{to == "" && (c.apply || c.compare), "DATABASE_URL is not set"},
		{c.apply && c.compare, "-apply compares anyway: leave out -compare"},
	} {
		if wrong.is {
			fmt.Fprintln(stderr, "ginauth-migrate:", wrong.text)
			return c, errUsage
		}
	}
	return c, nil
}

// run is the whole command. It returns the exit status.
func run(ctx context.Context, args []string, from, to string, stdout, stderr io.Writer) int {
	chosen, err := parse(args, from, to, stderr)
	if err != nil {
		return statusUsage
	}
	for _, database := range []struct {
		name, url, options string
		into               **sql.DB
	}{{"SOURCE_URL", from, forReading, &chosen.From}, {"DATABASE_URL", to, forWriting, &chosen.To}} {
		if database.url == "" {
			continue
		}
		db, err := open(database.url, database.options)
		if err != nil {
			fmt.Fprintf(stderr, "ginauth-migrate: %s: %v\n", database.name, err)
			return statusFailed
		}
		defer db.Close()
		*database.into = db
	}
	chosen.Problem = func(p migrate.Problem) { fmt.Fprintln(stdout, p) }
	chosen.Progress = newProgress(stderr, time.Now).show
	report, err := chosen.do(ctx)
	if err != nil && !errors.Is(err, migrate.ErrProblems) {
		fmt.Fprintf(stderr, "ginauth-migrate: %v\n", err)
		if errors.Is(err, migrate.ErrInUse) {
			fmt.Fprintln(stderr, "Nothing was copied. -revive-deleted copies, and adds again what was deleted in the target since.")
		}
		if !errors.Is(err, migrate.ErrLost) {
			return statusFailed
		}
	}
	summary(stderr, chosen, report, err)
	if !report.Clean() {
		return statusListed
	}
	return 0
}

// do does what was asked for.
func (c choices) do(ctx context.Context) (migrate.Report, error) {
	switch {
	case c.compare:
		return migrate.Compare(ctx, c.Config)
	case c.apply:
		return migrate.Run(ctx, c.Config)
	}
	return migrate.Check(ctx, c.Config)
}

// Options of SQLite. What is only read is not created, and keeps its journal mode.
const (
	forReading = "?mode=rw&_pragma=busy_timeout(10000)&_pragma=query_only(1)"
	forWriting = "?_pragma=busy_timeout(10000)&_pragma=synchronous(FULL)&_pragma=journal_mode(WAL)"
)

// open opens the database that a URL names, in the spelling of SQLAlchemy or not. The error
// does not repeat the URL, which may have a password.
func open(text, options string) (*sql.DB, error) {
	scheme, rest, found := strings.Cut(text, "://")
	scheme, _, _ = strings.Cut(scheme, "+") // SQLAlchemy's name of a driver
	switch {
	case found && (scheme == "postgres" || scheme == "postgresql"):
		db, err := sql.Open("pgx", "postgres://"+rest)
		if err != nil {
			return nil, errors.New("cannot be parsed")
		}
		return db, nil
	case found && scheme == "sqlite" && strings.HasPrefix(rest, "/"):
		path := strings.Replace(rest, "/./", "./", 1)
		if strings.HasPrefix(rest, "//") {
			path = rest[1:]
		}
		file := url.URL{Scheme: "file", OmitHost: true, Path: path}
		return sql.Open("sqlite", file.String()+options)
	}
	return nil, errors.New("want postgres://… or sqlite:///path")
}

// progress shows how far a run is, at most once a second.
type progress struct {
	to    io.Writer
	now   func() time.Time
	shown time.Time
}

func newProgress(to io.Writer, now func() time.Time) *progress { return &progress{to: to, now: now} }

func (p *progress) show(at migrate.Progress) {
	now := p.now()
	if now.Sub(p.shown) < time.Second {
		return
	}
	p.shown = now
	fmt.Fprintf(p.to, "%s: %d\n", at.Step, at.Done)
}

// summary says what was found and done.
func summary(to io.Writer, c choices, r migrate.Report, err error) {
	fmt.Fprintf(to, "users: %d in all, %d damaged, %d that collide\n", r.Users, r.DamagedUsers, r.CollidingUsers)
	fmt.Fprintf(to, "oauth accounts: %d in all, %d damaged, %d that collide\n", r.Accounts, r.DamagedAccounts, r.CollidingAccounts)
	if r.UnknownHashes > 0 {
		fmt.Fprintf(to, "password hashes of an unknown form: %d; these users have to reset their password\n", r.UnknownHashes)
	}
	if c.Backend != "" {
		fmt.Fprintf(to, "access tokens: %d damaged, %d expired\n", r.DamagedTokens, r.ExpiredTokens)
	}
	switch {
	case errors.Is(err, migrate.ErrProblems):
		fmt.Fprintln(to, "Nothing was copied. Mend what is listed, or leave it behind with -leave-behind.")
		return
	case !c.apply && !c.compare:
		fmt.Fprintln(to, "This was a dry run: nothing was written. -apply copies.")
		return
	case c.apply:
		fmt.Fprintf(to, "rows: %d copied, %d were there\n", r.Copied, r.There)
	}
	fmt.Fprintf(to, "compared: %d missing, %d that differ, %d kept out by others\n", r.Missing, r.Differing, r.Taken)
}
