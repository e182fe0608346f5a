package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"sync"

	"github.com/FerretDB/FerretDB/ferretdb"
)

// engine is a running FerretDB.
type engine struct {
	addr   string
	cancel context.CancelFunc
	done   chan struct{}
}

// starting lets one engine start at a time: FerretDB notes in a variable of its
// own that it is embedded.
var starting sync.Mutex

func startEngine(dir string) (*engine, error) {
	// In write-ahead mode, "normal" still loses nothing when the process dies,
	// and cannot damage the file; only a power failure may take the last
	// changes with it. "full" waits for the disk at every single change.
	folder := "file:" + filepath.ToSlash(dir) + "/?_pragma=synchronous(normal)"

	starting.Lock()
	defer starting.Unlock()
	db, err := ferretdb.New(&ferretdb.Config{
		Handler:   "sqlite",
		SQLiteURL: folder,
		Listener:  ferretdb.ListenerConfig{TCP: anyPort},
		Logger:    slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, fmt.Errorf("embedded: start the engine: %w", err)
	}
	uri, err := url.Parse(db.MongoDBURI())
	if err != nil {
		return nil, fmt.Errorf("embedded: address of the engine: %w", err)
	}

	ctx, cancel := context.WithCancel(context.Background())
	e := &engine{addr: uri.Host, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(e.done)
		_ = db.Run(ctx) // returns no error but nil
	}()
	return e, nil
}

// stop returns when the engine has written and closed its files.
func (e *engine) stop() {
	e.cancel()
	<-e.done
}
