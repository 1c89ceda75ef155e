package scim

// String returns the profile's name on the command line.
func (p Profile) String() string {
	if p == RFC {
		return "rfc"
	}
	return "entra"
}
