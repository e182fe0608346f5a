package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/ginauth/ginauth/mongostore/fastapiusers/migrate"
)

// choices are what the flags say.
type choices struct {
	migrate.Config
	uri, from, to  string
	apply, compare bool
}

var errUsage = errors.New("wrong flags")

func parse(args []string, uri string, stderr io.Writer) (choices, error) {
	c := choices{uri: uri}
	var shape string
	flags := flag.NewFlagSet("ginauth-migrate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&c.from, "from", "", "`database` of the FastAPI Users application (required)")
	flags.StringVar(&c.to, "to", "", "`database` of the ginauth application (required)")
	flags.StringVar(&shape, "shape", string(migrate.Beanie), "form of the users: beanie, or v9 for users with a UUID beside _id")
	flags.StringVar(&c.Users, "users", "", "`collection` of users in the source (default User, with v9 users)")
	flags.StringVar(&c.Names.Users, "to-users", "users", "`collection` of users in the target")
	flags.BoolVar(&c.apply, "apply", false, "copy, after reading all; without it nothing is written")
	flags.BoolVar(&c.compare, "compare", false, "only compare source and target")
	flags.BoolVar(&c.LeaveBehind, "leave-behind", false, "copy the others where some documents cannot be copied")
	flags.BoolVar(&c.ReviveDeleted, "revive-deleted", false,
		"copy into a target that has been in use since the last run: deleted users exist again there, and ended tokens are valid again")
	flags.BoolVar(&c.KeepProviderTokens, "keep-provider-tokens", false, "copy the tokens of OAuth providers, in clear")
	flags.StringVar(&c.Tokens.Backend, "tokens-backend", "", "copy stored access tokens for the `backend` of that name")
	flags.DurationVar(&c.Tokens.Lifetime, "tokens-lifetime", 0, "how long those are good after they were made, such as 1h")
	flags.StringVar(&c.Tokens.Collection, "tokens", "AccessToken", "`collection` of stored access tokens in the source")
	flags.IntVar(&c.Batch, "batch", 500, "documents read and written at a time")
	flags.Usage = func() {
		fmt.Fprintln(stderr, "Usage: MONGODB_URI=mongodb://… ginauth-migrate -from DATABASE -to DATABASE [flags]")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return c, err
	}
	c.Shape = migrate.Shape(shape)
	for wrong, text := range map[bool]string{
		flags.NArg() > 0:           fmt.Sprintf("unexpected argument %q", flags.Arg(0)),
		c.uri == "":                "MONGODB_URI is not set",
		c.from == "" || c.to == "": "-from and -to are required",
		c.apply && c.compare:       "-apply compares anyway: leave out -compare",
	} {
		if wrong {
			fmt.Fprintln(stderr, "ginauth-migrate:", text)
			return c, errUsage
		}
	}
	return c, nil
}

// progress shows how far a run is, at most once a second and at the end of a step.
type progress struct {
	to    io.Writer
	now   func() time.Time
	shown time.Time
}

func newProgress(to io.Writer, now func() time.Time) *progress { return &progress{to: to, now: now} }

func (p *progress) show(at migrate.Progress) {
	now := p.now()
	if at.Done < at.Total && now.Sub(p.shown) < time.Second {
		return
	}
	p.shown = now
	percent := int64(100)
	if at.Total > 0 {
		percent = 100 * at.Done / at.Total
	}
	fmt.Fprintf(p.to, "%s: %d of %d (%d %%)\n", at.Step, at.Done, at.Total, percent)
}

// summary says what was found and done.
func summary(to io.Writer, c choices, r migrate.Report, err error) {
	fmt.Fprintf(to, "users: %d in all, %d sound, %d damaged, %d that collide\n", r.Users, r.Sound, r.DamagedUsers, r.CollidingUsers)
	fmt.Fprintf(to, "oauth accounts: %d in all, %d damaged, %d that collide\n", r.Accounts, r.DamagedAccounts, r.CollidingAccounts)
	if r.UnknownHashes > 0 {
		fmt.Fprintf(to, "password hashes that nobody can read: %d; these users have to reset their password\n", r.UnknownHashes)
	}
	if c.Tokens.Backend != "" {
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
		fmt.Fprintf(to, "documents: %d copied, %d were there\n", r.Copied, r.There)
	}
	fmt.Fprintf(to, "compared: %d missing, %d that differ, %d kept out by others\n", r.Missing, r.Differing, r.Taken)
}
