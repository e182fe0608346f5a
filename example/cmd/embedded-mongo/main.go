// Embedded-mongo runs the example's MongoDB-compatible server in a process of
// its own, for tests and for trying things out with a MongoDB shell.
//
// Usage:
//
//	embedded-mongo [-data DIR] [-listen ADDR] [-watch-stdin]
//
// It prints its connection string, and nothing else, on one line of standard
// output, and serves until an interrupt or SIGTERM, whatever its standard input
// is. With -watch-stdin it also ends when its standard input does: a program that
// starts it with a pipe cannot be outlived, even when it is killed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/ginauth/ginauth/example/embedded"
)

func main() {
	data := flag.String("data", "", "folder of the data (default a temporary one, removed at exit)")
	listen := flag.String("listen", "127.0.0.1:0", "address to listen on; port 0 takes a free one")
	watch := flag.Bool("watch-stdin", false, "also end when standard input does, for programs that start this one with a pipe")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "embedded-mongo: unexpected argument %q\n", flag.Arg(0))
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *watch {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			stop()
		}()
	}

	if err := run(ctx, *data, *listen); err != nil {
		fmt.Fprintln(os.Stderr, "embedded-mongo:", err)
		os.Exit(1)
	}
}

// run serves until ctx is done.
func run(ctx context.Context, data, listen string) (err error) {
	if data == "" {
		data, err = os.MkdirTemp("", "embedded-mongo-")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	}

	server, err := embedded.StartAt(ctx, data, listen)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()

	if _, err := fmt.Println(server.URI()); err != nil {
		return fmt.Errorf("print the connection string: %w", err)
	}
	<-ctx.Done()
	return nil
}
