// Ginauth-migrate copies the users of a FastAPI Users application into ginauth's own
// shape. It reads the source and adds to the target; it changes and removes nothing.
//
// Usage:
//
//	MONGODB_URI=mongodb://… ginauth-migrate -from DATABASE -to DATABASE [flags]
//
// Without -apply it only reads and says what it would leave behind: the dry run.
// With -apply it does that first, and then copies and compares. A run that was ended
// at any moment is continued by running it again, but not once an application works
// on the target: without -revive-deleted the command refuses to add again what was
// deleted there.
//
// Whatever cannot be taken over without guessing is listed on standard output, one
// line each, by ID and without any value; progress goes to standard error. The exit
// status is 0 if all is well, 1 after a failure, 2 for wrong flags, and 3 if
// something was listed.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/fastapiusers/migrate"
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
	os.Exit(run(ctx, os.Args[1:], os.Getenv("MONGODB_URI"), os.Stdout, os.Stderr))
}

// run is the whole command. It returns the exit status.
func run(ctx context.Context, args []string, uri string, stdout, stderr io.Writer) int {
	chosen, err := parse(args, uri, stderr)
	if err != nil {
		return statusUsage
	}
	client, err := mongo.Connect(options.Client().ApplyURI(chosen.uri).SetServerSelectionTimeout(10 * time.Second))
	if err != nil {
		fmt.Fprintln(stderr, "ginauth-migrate: connect: the connection string is not valid")
		return statusFailed
	}
	defer func() { _ = client.Disconnect(context.WithoutCancel(ctx)) }()

	chosen.From, chosen.To = client.Database(chosen.from), client.Database(chosen.to)
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
