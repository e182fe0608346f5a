package migrate_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/internal/mongotest"
	"github.com/ginauth/ginauth/mongostore/fastapiusers/migrate"
)

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if os.Getenv("MIGRATE_URI") != "" {
		if err := child(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func child() error {
	client, err := mongo.Connect(options.Client().ApplyURI(os.Getenv("MIGRATE_URI")))
	if err != nil {
		return err
	}
	_, err = migrate.Run(context.Background(), migrate.Config{
		From: client.Database(os.Getenv("MIGRATE_FROM")), To: client.Database(os.Getenv("MIGRATE_TO")), Batch: 50,
		Progress: func(p migrate.Progress) { fmt.Println(p.Step) },
	})
	return err
}

// A run is killed, again and again, at whatever it is just doing, until one gets to
// its end. Nothing is lost and nothing is there twice.
func TestKilled(t *testing.T) {
	t.Parallel()
	const n = 5000
	c, source, _ := config(t, migrate.Beanie)
	fill(t, source, migrate.Beanie, n)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	kills, finished := 0, false
	for !finished {
		if kills > 100 {
			t.Fatal("no run gets any further than the one before")
		}
		command := exec.CommandContext(t.Context(), self)
		command.Env = append(os.Environ(), "MIGRATE_URI="+mongotest.URI(t), "MIGRATE_FROM="+c.From.Name(), "MIGRATE_TO="+c.To.Name())
		command.Stderr = os.Stderr
		stdout, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(stdout)
		for left := 1 + rand.IntN(30); lines.Scan(); {
			if lines.Text() != "copy users" || kills >= 5 {
				continue // it reads everything first, each time
			}
			if left--; left == 0 {
				_ = command.Process.Kill()
				kills++
			}
		}
		_, _ = io.Copy(io.Discard, stdout)
		finished = command.Wait() == nil
	}
	if kills < 5 {
		t.Errorf("got %d kills, want 5", kills)
	}
	checkCopied(t, c.To, migrate.Beanie, n)
	report, err := migrate.Compare(t.Context(), c)
	if err != nil || !report.Clean() || report.Users != n {
		t.Errorf("Compare: got %+v, %v", report, err)
	}
}
