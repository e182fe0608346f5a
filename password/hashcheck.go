package password

// CheckHash reports whether a stored hash can be verified by the built-in readers: nil,
// [ErrUnknownHash] or [ErrHashParameters]. It does no hashing and reveals nothing about
// the password.
func CheckHash(encoded string) error {
	_, err := parseHash(encoded)
	return err
}
