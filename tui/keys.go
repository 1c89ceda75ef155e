package tui

import "charm.land/bubbles/v2/key"

// Binding is a key with its help text. It is named here so that pages need not
// import bubbles for it.
type Binding = key.Binding
