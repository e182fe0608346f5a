package routes

// GroupOptions are the choices of a group.
type GroupOptions struct {
	// Verified demands a verified address of whoever uses the group.
	Verified bool
	// List adds the list of users, for superusers, to the users group.
	List bool
}
