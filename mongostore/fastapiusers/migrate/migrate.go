// Package migrate copies the users of a FastAPI Users application into ginauth's own
// shape. The command ginauth-migrate is made of it.
//
// It only reads the source and only adds to the target: what is there already is
// compared and never written over. So a run can be killed and repeated at any
// moment, and the way back is to go on using the source. Whatever it cannot take
// over without guessing is reported by its ID.
package migrate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
)

// Shape is the form in which an adapter of FastAPI Users stores users.
type Shape string

const (
	// Beanie is the form of the Beanie adapter: the ObjectID _id is the user's ID.
	// The target has ObjectIDs, too.
	Beanie Shape = "beanie"
	// V9 is the form of the older MongoDB adapter: the user's ID is the UUID in the
	// field id, beside _id. The target has UUIDs.
	V9 Shape = "v9"
)

// Config says what to copy where.
type Config struct {
	// From is the database of the FastAPI Users application. Required.
	From *mongo.Database
	// To is the database of the ginauth application, which may be the same one where
	// the collections have different names. Required.
	To *mongo.Database

	// Shape is the form of the users in From. Defaults to Beanie.
	Shape Shape
	// Users is the collection of users in From. Defaults to "User", with V9 "users".
	Users string
	// Names are the collections in To, and those of ginauth's own in From where both
	// applications have run side by side. Defaults as in mongostore.
	Names mongostore.CollectionNames
	// Tokens says which stored access tokens to copy. Defaults to none.
	Tokens Tokens
	// KeepProviderTokens copies the tokens of OAuth providers, as they are. Defaults
	// to false: ginauth keeps none unless the application asks for it.
	KeepProviderTokens bool
	// LeaveBehind lets [Run] copy the others where some cannot be copied. Defaults
	// to false: nothing is copied then.
	LeaveBehind bool
	// ReviveDeleted lets [Run] add to a target that an application has worked on since
	// the last run: users who were deleted there exist again, and tokens that were ended
	// there are valid again. Defaults to false: [Run] returns [ErrInUse].
	ReviveDeleted bool

	// Batch is how many documents are read and written at a time. Defaults to 500.
	Batch int
	// Problem is called for everything that cannot be copied as it is. Defaults to
	// nothing; [Report] counts them.
	Problem func(Problem)
	// Progress is called after every batch. Defaults to nothing.
	Progress func(Progress)
	// Now returns the time, by which tokens are expired. Defaults to time.Now.
	Now func() time.Time
}

// Tokens are access tokens that the other application has stored in clear.
type Tokens struct {
	// Backend is the name of the backend that is to read them; empty for no tokens.
	Backend string
	// Lifetime is how long they are good after they were made. Required with Backend.
	Lifetime time.Duration
	// Collection is where they are. Defaults to "AccessToken".
	Collection string
}

// Progress is how far a run has got.
type Progress struct {
	// Step is what is being done, such as "copy users".
	Step string
	// Done of Total documents are done.
	Done, Total int64
}

// ErrProblems says that something cannot be copied, and that nothing was.
var ErrProblems = errors.New("migrate: some documents cannot be copied")

// ErrLost says that the target lacks what the source has. Running again copies it.
var ErrLost = errors.New("migrate: the target is not complete")

// ErrInUse says that an application has worked on the target since the last run,
// which would add again what was deleted there, and that nothing was copied.
var ErrInUse = errors.New("migrate: the target has been in use since the last run")

// Check reads all and writes nothing: the dry run. A source without users is an
// error, here and elsewhere: it is another one than was meant.
func Check(ctx context.Context, config Config) (Report, error) {
	r, err := newRun(config)
	if err != nil {
		return Report{}, err
	}
	_, err = r.findPlan(ctx)
	return r.report, err
}

// Run does what [Check] does, then copies, then compares. A run that was ended at
// any moment is continued by the next one. It returns [ErrProblems] where Check
// finds what cannot be copied, unless config.LeaveBehind is set, [ErrInUse] unless
// config.ReviveDeleted is set, and [ErrLost].
func Run(ctx context.Context, config Config) (Report, error) {
	r, err := newRun(config)
	if err != nil {
		return Report{}, err
	}
	p, err := r.findPlan(ctx)
	if err != nil {
		return r.report, err
	}
	if r.report.problems() > 0 && !r.LeaveBehind {
		return r.report, ErrProblems
	}
	if err := r.checkUnused(ctx, p); err != nil {
		return r.report, err
	}
	if err := r.openTarget(ctx); err != nil {
		return r.report, err
	}
	if err := r.noteFilling(ctx); err != nil {
		return r.report, err
	}
	for _, step := range []func(context.Context, *plan) error{r.copyUsers, r.copyTokens, r.copyOwn, r.compare} {
		if err := step(ctx, p); err != nil {
			return r.report, err
		}
	}
	return r.report, r.finish(ctx)
}

// Compare reads source and target and reports what the target lacks or has
// differently: all as [Run] does it last, without writing anything.
func Compare(ctx context.Context, config Config) (Report, error) {
	r, err := newRun(config)
	if err != nil {
		return Report{}, err
	}
	p, err := r.findPlan(ctx)
	if err != nil {
		return r.report, err
	}
	return r.report, r.compare(ctx, p)
}

// run is one run.
type run struct {
	Config
	report                           Report
	source                           mongodb.Collection
	users, accounts, tokens, markers mongodb.Collection
}

func newRun(config Config) (*run, error) {
	r := &run{Config: config}
	if err := r.complete(); err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	r.source = mongodb.OpenCollection(r.From, r.Users)
	r.users = mongodb.OpenCollection(r.To, r.Names.Users)
	r.accounts = mongodb.OpenCollection(r.To, r.Names.OAuthAccounts)
	r.tokens = mongodb.OpenCollection(r.To, r.Names.AccessTokens)
	r.markers = mongodb.OpenCollection(r.To, "ginauth_migration")
	return r, nil
}

func (r *run) complete() error {
	r.Shape = cmp.Or(r.Shape, Beanie)
	r.Users = cmp.Or(r.Users, map[Shape]string{Beanie: "User", V9: "users"}[r.Shape])
	r.Names.Users = cmp.Or(r.Names.Users, "users")
	r.Names.OAuthAccounts = cmp.Or(r.Names.OAuthAccounts, "oauth_accounts")
	r.Names.AccessTokens = cmp.Or(r.Names.AccessTokens, "access_tokens")
	r.Tokens.Collection = cmp.Or(r.Tokens.Collection, "AccessToken")
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
	note(r.From == nil || r.To == nil, "Config.From or Config.To is missing")
	note(r.Shape != Beanie && r.Shape != V9, fmt.Sprintf("Config.Shape is %q, want beanie or v9", r.Shape))
	note(r.Batch < 1, "Config.Batch is negative")
	note(r.Tokens.Backend != "" && r.Tokens.Lifetime <= 0, "Config.Tokens.Lifetime is missing")
	note(r.sameDatabase() && r.Users == r.Names.Users,
		"users would be copied onto themselves: choose another database or another collection")
	note(r.sameDatabase() && r.Tokens.Backend != "" && r.Tokens.Collection == r.Names.AccessTokens,
		"tokens would be copied onto themselves: choose another database or another collection")
	return errors.Join(problems...)
}

func (r *run) sameDatabase() bool {
	return r.From != nil && r.To != nil && r.From.Client() == r.To.Client() && r.From.Name() == r.To.Name()
}

// openTarget builds the indexes, so that nothing can get into the target twice.
func (r *run) openTarget(ctx context.Context) error {
	options := []mongostore.Option{mongostore.WithCollectionNames(r.Names)}
	if r.Shape == Beanie {
		options = append(options, mongostore.WithObjectIDs())
	}
	if _, err := mongostore.Open(ctx, r.To, options...); err != nil {
		return fmt.Errorf("migrate: the target: %w", err)
	}
	return nil
}
