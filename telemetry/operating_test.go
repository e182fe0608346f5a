package telemetry_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// exported returns the metrics of testdata/metrics.golden, and of those that take a story
// of their own, as Prometheus has them, each with its labels.
func exported(t *testing.T) map[string][]string {
	t.Helper()
	golden, err := os.ReadFile("testdata/metrics.golden")
	if err != nil {
		t.Fatal(err)
	}
	lines := string(golden) + "ginauth.factors {attempt} {factor=totp outcome=ok}\nginauth.events.dropped {event} {}\n"
	all := map[string][]string{}
	for line := range strings.Lines(lines) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		unit, labels, _ := strings.Cut(rest, " ")
		name = strings.ReplaceAll(name, ".", "_")
		var names []string
		switch {
		case unit == "s":
			for _, suffix := range []string{"bucket", "count", "sum"} {
				names = append(names, name+"_seconds_"+suffix)
			}
		case strings.HasPrefix(name, "ginauth_queue") || strings.HasPrefix(name, "ginauth_hash_busy"):
			names = []string{name}
		default:
			names = []string{name + "_total"}
		}
		for _, name := range names {
			for _, match := range regexp.MustCompile(`[{ ]([a-z_.]+)=`).FindAllStringSubmatch(labels, -1) {
				all[name] = append(all[name], strings.ReplaceAll(match[1], ".", "_"))
			}
			all[name] = append(all[name], "le", "job", "instance")
		}
	}
	return all
}

var (
	metricName = regexp.MustCompile(`ginauth_[a-z_]+`)
	selector   = regexp.MustCompile(`(ginauth_[a-z_]+)\{([^}]*)\}`)
	labelName  = regexp.MustCompile(`([a-z_]+)\s*(?:=~|!=|!~|=)\s*"`)
	grouping   = regexp.MustCompile(`by \(([^)]*)\)`)
)

// checkExpression reports metrics and labels that there are not.
func checkExpression(t *testing.T, where, expression string, known map[string][]string) {
	t.Helper()
	var labels []string
	for _, name := range metricName.FindAllString(expression, -1) {
		if known[name] == nil {
			t.Errorf("%s: there is no metric %s", where, name)
		}
		labels = append(labels, known[name]...)
	}
	if len(labels) == 0 {
		t.Errorf("%s: no metric in %q", where, expression)
	}
	for _, match := range selector.FindAllStringSubmatch(expression, -1) {
		for _, label := range labelName.FindAllStringSubmatch(match[2], -1) {
			if !slices.Contains(known[match[1]], label[1]) {
				t.Errorf("%s: %s has no label %s", where, match[1], label[1])
			}
		}
	}
	for _, match := range grouping.FindAllStringSubmatch(expression, -1) {
		for label := range strings.SplitSeq(match[1], ",") {
			if !slices.Contains(labels, strings.TrimSpace(label)) {
				t.Errorf("%s: no metric has the label %s", where, label)
			}
		}
	}
}

// The alerts use metrics and labels that there are, and each is explained.
func TestRules(t *testing.T) {
	t.Parallel()
	const path = "../docs/operating/ginauth.rules.yml"
	rules, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	known, alert, found := exported(t), "", 0
	for line := range strings.Lines(string(rules)) {
		line = strings.TrimSpace(line)
		if name, is := strings.CutPrefix(line, "- alert: "); is {
			if alert = name; !strings.Contains(string(page), "`"+name+"`") {
				t.Errorf("%s is not explained", name)
			}
		}
		if expression, is := strings.CutPrefix(line, "expr: "); is {
			found++
			checkExpression(t, alert, expression, known)
		}
	}
	if found < 10 {
		t.Errorf("found %d rules", found)
	}
	if promtool, err := exec.LookPath("promtool"); err == nil {
		if out, err := exec.CommandContext(t.Context(), promtool, "check", "rules", path).CombinedOutput(); err != nil {
			t.Errorf("promtool: %s, %v", out, err)
		}
	}
}

// The dashboard uses metrics and labels that there are, and shows every metric.
func TestDashboard(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/operating/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	known := exported(t)
	for _, panel := range board.Panels {
		for _, target := range panel.Targets {
			checkExpression(t, panel.Title, target.Expr, known)
		}
	}
	for name := range known {
		if base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_count"), "_sum"); !strings.Contains(string(text), base) {
			t.Errorf("no panel shows %s", base)
		}
	}
}

// The table in the documentation has every instrument.
func TestInstrumentsInDocs(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	golden, err := os.ReadFile("testdata/metrics.golden")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(golden)) {
		if name, _, _ := strings.Cut(line, " "); !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("%s is not in the table", name)
		}
	}
}
