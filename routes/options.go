package routes

// GroupOptions are the choices of a group.
type GroupOptions struct {
	// Verified demands a verified address of the users of the group.
	Verified bool
	// List adds the list of users, for superusers, to the users group.
	List bool
	// Reauthenticate adds POST /reauthenticate to an auth group. It is there without
	// this option where the application has a second factor.
	Reauthenticate bool
}
