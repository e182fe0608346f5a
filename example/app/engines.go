package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"

	"github.com/ginauth/ginauth/example/embedded"
)

// defaultDatabase is used where MONGODB_URI names none.
const defaultDatabase = "ginauth_example"

// engines are the databases, real or embedded.
type engines struct {
	database *mongo.Database // nil where DATABASE_URL names another
	sql      *sql.DB         // nil where it does not
	redis    redis.UniversalClient
	closers  []func() error // in the order of opening
}

func startEngines(ctx context.Context, s Settings) (*engines, error) {
	e := &engines{}
	var err error
	if s.DatabaseURL != "" {
		err = e.startSQL(s)
	} else {
		err = e.startMongo(ctx, s)
	}
	if err == nil {
		err = e.startRedis(s)
	}
	if err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

func (e *engines) startMongo(ctx context.Context, s Settings) error {
	uri := string(s.MongoURI)
	if uri == "" {
		server, err := embedded.Start(ctx, filepath.Join(s.DataDir, "mongodb"))
		if err != nil {
			return fmt.Errorf("start the embedded database: %w", err)
		}
		e.closers = append(e.closers, server.Close)
		uri = server.URI()
	}
	// A database that is down must be noticed within the time of one request.
	client, err := mongo.Connect(options.Client().ApplyURI(uri).
		SetServerSelectionTimeout(3 * time.Second).SetConnectTimeout(3 * time.Second))
	if err != nil {
		return fmt.Errorf("MONGODB_URI: %w", err)
	}
	e.closers = append(e.closers, func() error { return client.Disconnect(context.Background()) })
	e.database = client.Database(databaseName(uri))
	return nil
}

func databaseName(uri string) string {
	if parsed, err := connstring.Parse(uri); err == nil && parsed.Database != "" {
		return parsed.Database
	}
	return defaultDatabase
}

func (e *engines) startRedis(s Settings) error {
	url := string(s.RedisURL)
	if url == "" {
		server, err := miniredis.Run()
		if err != nil {
			return fmt.Errorf("start the embedded redis: %w", err)
		}
		path := filepath.Join(s.DataDir, "redis.json")
		if err := loadRedis(server, path); err != nil {
			server.Close()
			return fmt.Errorf("start the embedded redis: %w", err)
		}
		e.closers = append(e.closers, func() error {
			defer server.Close()
			return saveRedis(server, path)
		})
		url = "redis://" + server.Addr()
	}
	options, err := redis.ParseURL(url)
	if err != nil {
		return errors.New("REDIS_URL is not a redis:// URL")
	}
	client := redis.NewClient(options)
	e.redis = client
	e.closers = append(e.closers, client.Close)
	return nil
}

// close closes what was opened, last things first.
func (e *engines) close() error {
	var problems []error
	for i := len(e.closers) - 1; i >= 0; i-- {
		problems = append(problems, e.closers[i]())
	}
	e.closers = nil
	return errors.Join(problems...)
}
