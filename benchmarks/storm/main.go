// Command storm attacks a small server with logins and looks at what else it does
// meanwhile: it starts the server as a process of its own, with two processors and
// little memory, sends it far more logins than it can hash, and checks a session
// all the while. Nothing leaves the machine.
//
//	go run ./benchmarks/storm
//	go run ./benchmarks/storm -rate 200 -for 10s
//
// It fails where an answer is none of 200, 400, 429 and 503, where the server
// ends, or where a figure misses its bound.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"time"
)

// plan is how much is sent, and what is allowed.
type plan struct {
	rate       int           // logins in a second
	checks     int           // session checks in a second
	length     time.Duration // of the storm
	burst      int           // logins at once, before the storm
	cpus       int           // the server's GOMAXPROCS
	hashes     int           // how many may be computed at once; 0 for ginauth's default
	memory     int           // the server's limit in MiB
	goMemLimit string        // the server's GOMEMLIMIT
	slowest    time.Duration // bound for the 99th percentile of session checks; 0 for none
	more       int           // bound for the memory above idle in MiB; 0 for none
}

func main() {
	if hashes := os.Getenv(serverVariable); hashes != "" {
		if err := serve(hashes, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "server:", err)
			os.Exit(1)
		}
		return
	}
	var p plan
	flag.IntVar(&p.rate, "rate", 500, "logins in a second")
	flag.IntVar(&p.checks, "checks", 50, "session checks in a second")
	flag.DurationVar(&p.length, "for", time.Minute, "how long the storm lasts")
	flag.IntVar(&p.burst, "burst", 500, "logins at once, before the storm")
	flag.IntVar(&p.cpus, "cpus", 2, "GOMAXPROCS of the server")
	flag.IntVar(&p.hashes, "hashes", 0, "how many hashes the server computes at once; 0 for the default, one for each processor")
	flag.IntVar(&p.memory, "memory", 256, "memory limit of the server in MiB")
	flag.StringVar(&p.goMemLimit, "gomemlimit", "", "GOMEMLIMIT of the server; not set where it is empty")
	flag.DurationVar(&p.slowest, "slowest", 50*time.Millisecond, "bound for the 99th percentile of session checks")
	flag.Parse()
	p.more = p.cpus*19 + 64
	if err := run(p, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "storm:", err)
		os.Exit(1)
	}
}

// run is the whole experiment.
func run(p plan, out io.Writer) error {
	server, err := start(p)
	if err != nil {
		return err
	}
	defer server.stop()
	fmt.Fprintf(out, "server: GOMAXPROCS %d, %s, GOMEMLIMIT %s\n", p.cpus, server.limit, orNone(p.goMemLimit))
	var problems problems

	idle := server.resident()
	burst := burstOf(server, p.burst)
	fmt.Fprintf(out, "%d logins at once: %s\n", p.burst, burst)
	if peak := server.peak(); idle > 0 && peak > 0 {
		fmt.Fprintf(out, "memory: %d MiB idle, at most %d MiB more\n", idle, peak-idle)
		problems.unless(p.more == 0 || peak-idle <= p.more, "%d MiB above idle, want at most %d", peak-idle, p.more)
	}

	calm := checksFor(server, p.checks, min(p.length, 5*time.Second))
	fmt.Fprintf(out, "session checks before: %s\n", calm)
	logins, checks := stormOf(server, p)
	fmt.Fprintf(out, "%d logins/s for %v: %s\n", p.rate, p.length, logins)
	fmt.Fprintf(out, "session checks meanwhile: %s\n", checks)
	fmt.Fprintf(out, "memory at the end: at most %d MiB\n", server.peak())

	for _, answers := range []*answers{burst, logins} {
		problems.unless(answers.only(200, 400, 429, 503), "answers to logins: %s", answers)
	}
	problems.unless(checks.only(200), "answers to session checks: %s", checks)
	problems.unless(p.slowest == 0 || checks.percentile(99) <= p.slowest, "session checks: 99th percentile %v, want at most %v", checks.percentile(99), p.slowest)
	problems.unless(server.alive(), "the server has ended")
	return problems.err()
}

func orNone(text string) string {
	if text == "" {
		return "not set"
	}
	return text
}
