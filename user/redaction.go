package user

import "fmt"

// What holds keys or provider's tokens prints as what it is, whatever the verb. Logs
// print it in the same way.

// Format prints "[redacted]".
func (Keys) Format(state fmt.State, _ rune) { fmt.Fprint(state, redacted) }

// Format prints the audience only.
func (p Purpose) Format(state fmt.State, _ rune) { fmt.Fprint(state, "purpose "+p.audience) }

// Format prints that it is a manager, and nothing of it.
func (*Manager) Format(state fmt.State, _ rune) { fmt.Fprint(state, "manager of users") }
