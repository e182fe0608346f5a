package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The tables as FastAPI Users' documentation has them, in SQLite.
const fastAPIUsers = `
CREATE TABLE user (id CHAR(36) NOT NULL, email VARCHAR(320) NOT NULL, hashed_password VARCHAR(1024) NOT NULL, is_active BOOLEAN NOT NULL,
	is_superuser BOOLEAN NOT NULL, is_verified BOOLEAN NOT NULL, PRIMARY KEY (id));
INSERT INTO user VALUES ('00000001-0000-4000-8000-000000000000', 'arthur@camelot.bt', '$2b$12$aTHB7vIAug/0aR0aOiiIKud/vl2I.Wd1Evai22uTLKf64WRS/aTva', 1, 0, 1);
INSERT INTO user VALUES ('00000002-0000-4000-8000-000000000000', 'merlin@camelot.bt', '', 1, 1, 1)`

func TestRun(t *testing.T) {
	t.Parallel()
	dir := filepath.ToSlash(t.TempDir())
	db, err := sql.Open("sqlite", "file:"+dir+"/test.db")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(fastAPIUsers); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	// SQLAlchemy has a fourth slash before an absolute path.
	source, target := "sqlite+aiosqlite:///"+dir+"/test.db", "sqlite://"+dir+"/app.db"
	for _, test := range []struct {
		name, from, to string
		args           []string
		status         int
		stdout, stderr string
	}{
		{"no source", "", target, nil, statusUsage, "", "SOURCE_URL is not set"},
		{"no target", source, "", []string{"-apply"}, statusUsage, "", "DATABASE_URL is not set"},
		{"both", source, target, []string{"-apply", "-compare"}, statusUsage, "", "leave out -compare"},
		{"another database", "mysql://root:excalibur@localhost/app", target, nil, statusFailed, "", "SOURCE_URL: want postgres://"},
		{"a file that is not there", "sqlite:///" + dir + "/none.db", target, nil, statusFailed, "", "ginauth-migrate: "},
		{"a dry run", source, "", nil, 0, "", "users: 2 in all, 0 damaged, 0 that collide\n"},
		{"nothing to compare with", source, target, []string{"-compare"}, statusFailed, "", "the tables have version 0"},
		{"the copy", source, target, []string{"-apply"}, 0, "", "rows: 2 copied, 0 were there\n"},
		{"the copy again", source, target, []string{"-apply"}, 0, "", "rows: 0 copied, 2 were there\n"},
		{"a comparison", source, target, []string{"-compare"}, 0, "", "compared: 0 missing, 0 that differ, 0 kept out by others\n"},
	} {
		var stdout, stderr strings.Builder
		status := run(t.Context(), test.args, test.from, test.to, &stdout, &stderr)
		if status != test.status || stdout.String() != test.stdout || !strings.Contains(stderr.String(), test.stderr) || strings.Contains(stderr.String(), "excalibur") {
			t.Errorf("%s: got status %d, %q and %q, want %d, %q and %q", test.name, status, stdout.String(), stderr.String(), test.status, test.stdout, test.stderr)
		}
	}
	if _, err := db.Exec(`UPDATE user SET is_active = 'maybe' WHERE is_superuser`); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr strings.Builder
	if status := run(t.Context(), nil, source, "", &stdout, &stderr); status != statusListed || !strings.HasPrefix(stdout.String(), "damaged: user: 00000002-") {
		t.Errorf("a damaged user: got status %d, %q and %q", status, stdout.String(), stderr.String())
	}
	if _, err := os.Stat(dir + "/none.db"); err == nil {
		t.Error("a source that is not there was created")
	}
}
