// Command benchmarks compares ginauth with the same work written by hand, with
// gin-jwt and with Gin alone, and prints one table. The contestants of a row take
// turns within one run, so that what else the machine does falls on all of them:
// the ratios count, not the times.
//
//	go run ./benchmarks
//	go run ./benchmarks -rows guard -rounds 41
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"runtime"
	"strings"

	"github.com/gin-gonic/gin"
)

// section is some rows of the table that share what they are measured with.
type section struct {
	name string
	run  func(*report)
}

var sections = []section{
	{"guard", guardRows},
	{"mongo", mongoRows},
	{"strategies", strategyRows},
	{"refresh", refreshRows},
	{"rights", rightsRows},
	{"backends", backendRows},
	{"tcp", tcpRows},
	{"passwords", passwordRows},
	{"events", eventRows},
	{"sizes", sizeRows},
}

func main() {
	rounds := flag.Int("rounds", 21, "how often the contestants of a row take turns")
	rows := flag.String("rows", "", "only the rows of these sections, separated by commas: "+strings.Join(names(), ", "))
	flag.Parse()
	log.SetFlags(0)
	gin.SetMode(gin.ReleaseMode)

	out := &report{rounds: *rounds}
	for _, s := range sections {
		if *rows == "" || strings.Contains(","+*rows+",", ","+s.name+",") {
			fmt.Fprintf(os.Stderr, "measuring %s\n", s.name)
			s.run(out)
		}
	}
	fmt.Printf("%s, GOMAXPROCS %d, %s/%s, %d rounds\n\n", runtime.Version(), runtime.GOMAXPROCS(0), runtime.GOOS, runtime.GOARCH, *rounds)
	out.print(os.Stdout)
}

func names() []string {
	var all []string
	for _, s := range sections {
		all = append(all, s.name)
	}
	return all
}

// must ends the program: a benchmark that cannot be set up measures nothing.
func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
