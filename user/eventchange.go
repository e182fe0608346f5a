package user

import (
	"fmt"
	"strings"
)

// flagsOf returns the flags named, as texts.
func flagsOf(u *User, names []string) map[string]string {
	all := map[string]bool{"is_active": u.IsActive, "is_superuser": u.IsSuperuser, "is_verified": u.IsVerified}
	flags := map[string]string{}
	for _, name := range names {
		flags[name] = fmt.Sprint(all[name])
	}
	return flags
}

// rolesText returns role names as one text.
func rolesText(names []string) map[string]string {
	return map[string]string{"roles": strings.Join(names, " ")}
}

// isFlag reports whether name is the JSON name of a flag.
func isFlag(name string) bool {
	return name == "is_active" || name == "is_superuser" || name == "is_verified"
}

// eventsOf returns the events of a change of before's fields, of which update is the
// write: one for each of password, address, flags and the other fields.
func eventsOf(before *User, update Update, changed []string) []Event {
	var events []Event
	var flags, others []string
	for _, name := range changed {
		switch {
		case name == "password":
			events = append(events, Event{Kind: EventPasswordChanged, User: before.ID, Fields: []string{name}})
		case name == "email":
			events = append(events, Event{Kind: EventEmailChanged, User: before.ID, Email: before.Email, Fields: []string{name}})
		case name == "roles":
			events = append(events, Event{
				Kind: EventRoleChanged, User: before.ID, Fields: []string{name},
				Before: rolesText(before.Roles), After: rolesText(*update.Roles),
			})
		case isFlag(name):
			flags = append(flags, name)
		default:
			others = append(others, name)
		}
	}
	if len(flags) > 0 {
		after := *before
		for name, flag := range map[*bool]*bool{&after.IsActive: update.IsActive, &after.IsSuperuser: update.IsSuperuser, &after.IsVerified: update.IsVerified} {
			if flag != nil {
				*name = *flag
			}
		}
		events = append(events, Event{
			Kind: EventFlagChanged, User: before.ID, Fields: flags, Before: flagsOf(before, flags), After: flagsOf(&after, flags),
		})
	}
	if len(others) > 0 {
		events = append(events, Event{Kind: EventUpdated, User: before.ID, Fields: others})
	}
	return events
}
