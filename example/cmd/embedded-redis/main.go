// Embedded-redis runs the example's Redis-compatible server in a process of its own,
// for tests. Everything is in memory.
//
// Usage:
//
//	embedded-redis [-listen ADDR] [-watch-stdin]
//
// It prints its connection string, and nothing else, on one line of standard
// output, and serves until an interrupt or SIGTERM. With -watch-stdin it also ends when
// its standard input does, as embedded-mongo.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alicebob/miniredis/v2"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address to listen on; port 0 takes a free one")
	watch := flag.Bool("watch-stdin", false, "also end when standard input does, for programs that start this one with a pipe")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "embedded-redis: unexpected argument %q\n", flag.Arg(0))
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

	if err := run(ctx, *listen); err != nil {
		fmt.Fprintln(os.Stderr, "embedded-redis:", err)
		os.Exit(1)
	}
}

// run serves until ctx is done.
func run(ctx context.Context, listen string) error {
	server := miniredis.NewMiniRedis()
	if err := server.StartAddr(listen); err != nil {
		return err
	}
	defer server.Close()
	if _, err := fmt.Printf("redis://%s/0\n", server.Addr()); err != nil {
		return fmt.Errorf("print the connection string: %w", err)
	}
	<-ctx.Done()
	return nil
}
