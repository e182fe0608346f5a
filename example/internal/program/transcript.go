package program

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

var consoleBlock = regexp.MustCompile("(?s)```console\n(.*?)```")

// step is one command of a page, and what the page says that it prints.
type step struct{ command, output string }

// Transcript types the commands of a page's console blocks, those after "$ ", into one
// shell, in their order, and compares what they print with the page. An ellipsis (…)
// in the page stands for anything on its line. The test is skipped where there is no
// shell or no curl.
func Transcript(t *testing.T, page, address string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	steps := stepsOf(string(text))
	if len(steps) == 0 {
		t.Fatalf("%s has no console blocks", page)
	}
	for _, tool := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("no %s: the commands of %s are not tried", tool, page)
		}
	}
	got := run(t, steps, address)
	for i, step := range steps {
		if !matches(step.output, got[i]) {
			t.Errorf("%s: %s\ngot:\n%s\nwant:\n%s", page, step.command, got[i], step.output)
		}
	}
}

func stepsOf(page string) (steps []step) {
	for _, block := range consoleBlock.FindAllStringSubmatch(page, -1) {
		continued := false
		for line := range strings.Lines(block[1]) {
			command, isCommand := strings.CutPrefix(line, "$ ")
			switch {
			case isCommand:
				steps = append(steps, step{command: command})
			case len(steps) == 0:
				continue
			case continued:
				steps[len(steps)-1].command += line
			default:
				steps[len(steps)-1].output += line
			}
			continued = (isCommand || continued) && strings.HasSuffix(line, "\\\n")
		}
	}
	return steps
}

// separator is printed after each command.
const separator = "\x1e"

// run returns what each command prints on its standard output.
func run(t *testing.T, steps []step, address string) []string {
	t.Helper()
	var script strings.Builder
	for _, step := range steps {
		script.WriteString(step.command + "printf '" + separator + "'\n")
	}
	command := exec.Command("sh")
	command.Dir = t.TempDir() // for cookie jars
	command.Stdin = strings.NewReader(strings.ReplaceAll(script.String(), Address, address))
	var output, problems bytes.Buffer
	command.Stdout, command.Stderr = &output, &problems
	if err := command.Run(); err != nil {
		t.Fatalf("sh: %v\n%s", err, &problems)
	}
	got := strings.Split(output.String(), separator)
	if len(got) != len(steps)+1 {
		t.Fatalf("got %d outputs of %d commands:\n%s\n%s", len(got)-1, len(steps), &output, &problems)
	}
	return got
}

// matches compares without carriage returns, which curl shows of headers, and without
// the line's end that a page always has and an answer may not.
func matches(page, printed string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(page)), "…", "[^\n]+")
	printed = strings.TrimSpace(strings.ReplaceAll(printed, "\r\n", "\n"))
	return regexp.MustCompile("^" + pattern + "$").MatchString(printed)
}
