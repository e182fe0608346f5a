// Command admin makes an account a superuser, usually the first one. It needs the
// database only; the application may be running or not.
//
// Usage:
//
//	admin -email ADDRESS [-db NAME] < PASSWORD
//
// MONGODB_URI and SECRET are those of the application. The password is read from
// standard input, so that it is in no list of processes and no shell history. An
// account that exists becomes an active, verified superuser and keeps its password.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

func main() {
	email := flag.String("email", "", "e-mail address of the superuser")
	name := flag.String("db", "app", "name of the application's database")
	flag.Parse()
	if err := run(context.Background(), *email, *name, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "admin:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, email, name string, in io.Reader, out io.Writer) error {
	password, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && err != io.EOF {
		return fmt.Errorf("read the password: %w", err)
	}
	client, err := mongo.Connect(options.Client().ApplyURI(os.Getenv("MONGODB_URI")))
	if err != nil {
		return fmt.Errorf("MONGODB_URI: %w", err)
	}
	defer client.Disconnect(ctx)
	u, err := makeSuperuser(ctx, client.Database(name), email, secrets.Secret(strings.TrimRight(password, "\r\n")))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s is a superuser, with the ID %s.\n", u.Email, u.ID)
	return nil
}

func makeSuperuser(ctx context.Context, db *mongo.Database, email string, password secrets.Secret) (*user.User, error) {
	store, err := mongostore.Open(ctx, db) // with WithObjectIDs or WithCollectionNames where the application has them
	if err != nil {
		return nil, err
	}
	keys, err := secrets.NewKeys(secrets.Secret(os.Getenv("SECRET")))
	if err != nil {
		return nil, err
	}
	manager, err := user.NewManager(user.ManagerConfig{Store: store, Keys: keys})
	if err != nil {
		return nil, err
	}
	defer manager.Shutdown(ctx)
	return manager.EnsureSuperuser(ctx, email, password)
}
