package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"

	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/sqlstore"
	"github.com/ginauth/ginauth/user"
)

// pingingStore is a store of the demonstration.
type pingingStore interface {
	user.Store
	Ping(ctx context.Context) error
}

// openStore opens the store over the database that the settings name.
func (a *App) openStore(ctx context.Context) (pingingStore, error) {
	if a.engines.sql != nil {
		return sqlstore.Open(ctx, a.engines.sql, sqlstore.WithProfile[Profile](), sqlstore.WithLogger(a.storeLogger()))
	}
	return mongostore.Open(ctx, a.engines.database, mongostore.WithProfile[Profile](), mongostore.WithLogger(a.storeLogger()))
}

// storeLogger takes the store's warnings, which say nothing new of an embedded database.
func (a *App) storeLogger() *slog.Logger {
	if a.settings.MongoURI == "" && a.settings.DatabaseURL == "" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.Default()
}

// startSQL opens the database of DATABASE_URL.
func (e *engines) startSQL(s Settings) error {
	driver, name, err := dataSource(string(s.DatabaseURL))
	if err != nil {
		return err
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		return errors.New("DATABASE_URL cannot be parsed") // the driver's error may repeat the password
	}
	db.SetMaxOpenConns(20)
	db.SetMaxIdleConns(20)
	// After a failover a connection to what is a replica now does not stay for long.
	db.SetConnMaxLifetime(5 * time.Minute)
	e.sql = db
	e.closers = append(e.closers, db.Close)
	return nil
}

// dataSource returns the driver for a URL, and what the driver takes.
func dataSource(text string) (driver, name string, err error) {
	u, err := url.Parse(text)
	if err != nil {
		return "", "", errors.New("DATABASE_URL is not a URL")
	}
	switch {
	case u.Scheme == "postgres" || u.Scheme == "postgresql":
		return "pgx", text, nil
	case u.Scheme == "sqlite" && u.Host == "" && strings.HasPrefix(u.Path, "/") && u.RawQuery == "":
		file := url.URL{Scheme: "file", OmitHost: true, Path: u.Path}
		return "sqlite", file.String() + "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)", nil
	}
	return "", "", fmt.Errorf("DATABASE_URL begins with %.10q, want postgres://… or sqlite:///path", u.Scheme+":")
}
