package migrate

import (
	"fmt"
	"strings"
)

// Kind is a kind of [Problem].
type Kind string

const (
	// Damaged is a row that lacks a value or has one of another type. It is not copied.
	Damaged Kind = "damaged"
	// Collision is several rows with one identity, none of which is copied: one e-mail
	// address in different spellings, or one OAuth account.
	Collision Kind = "collision"
	// UnknownHash is a user whose password hash has an unknown form. The user is copied
	// and has to reset the password.
	UnknownHash Kind = "unknown hash"
	// Differs is a row that the target has already, but differently. It is left as it is
	// there.
	Differs Kind = "differs"
	// Taken is a row whose identity another one in the target has. It is not copied.
	Taken Kind = "taken"
	// Lost is a row that should be in the target and is not.
	Lost Kind = "lost"
)

// Problem is something that was not copied as it is. It holds no value of any row but IDs.
type Problem struct {
	Kind Kind
	// Table is where the rows are in the source.
	Table string
	// IDs are those of the rows.
	IDs []string
	// What says what is wrong.
	What string
}

// String returns the problem on one line.
func (p Problem) String() string {
	return fmt.Sprintf("%s: %s: %s: %s", p.Kind, p.Table, strings.Join(p.IDs, ", "), p.What)
}

// Report counts what a run has found and done. All rows of the source are in it.
type Report struct {
	Users, DamagedUsers, CollidingUsers          int64
	Accounts, DamagedAccounts, CollidingAccounts int64
	UnknownHashes                                int64
	// ExpiredTokens were not copied, DamagedTokens cannot be.
	ExpiredTokens, DamagedTokens int64
	// Copied were written by this run; There were in the target already. Both are users
	// and what belongs to them.
	Copied, There int64
	// Taken, Differing and Missing are what the target has otherwise or not.
	Taken, Differing, Missing int64
}

// problems is how many rows keep a run from being complete.
func (r *Report) problems() int64 {
	return r.DamagedUsers + r.CollidingUsers + r.DamagedAccounts + r.CollidingAccounts + r.DamagedTokens
}

// Clean reports whether everything was, or can be, copied as it is.
func (r *Report) Clean() bool {
	return r.problems() == 0 && r.UnknownHashes == 0 && r.Taken == 0 && r.Differing == 0 && r.Missing == 0
}

func (r *run) problem(kind Kind, table, what string, ids ...string) {
	r.Problem(Problem{Kind: kind, Table: table, IDs: ids, What: what})
}
