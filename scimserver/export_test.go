package scimserver

import "net/http"

// SetMaxPage sets the size beyond which a list answer of h, which New
// returned, takes no further resource.
func SetMaxPage(h http.Handler, bytes int) { h.(*server).maxPage = bytes }
