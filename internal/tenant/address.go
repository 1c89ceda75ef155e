package tenant

import (
	"fmt"
	"net/url"
	"path"
	"strings"
)

// CleanPublicURL returns the public URL in the form that Config wants: the
// scheme and host that the outside world uses, without a trailing slash. It
// takes them with or without the base path behind, as they are copied from a
// tunnel or from the portal.
func CleanPublicURL(text, basePath string) (string, error) {
	if text == "" {
		return "", nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", fmt.Errorf("the public URL %q is not an address such as https://quick-fox.trycloudflare.com", text)
	}
	if u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", fmt.Errorf("the public URL %q has more than scheme, host and path; give it without the rest (aadOptscim062020 belongs into the Tenant URL field of the portal only)", text)
	}
	prefix := strings.TrimSuffix(strings.TrimRight(u.Path, "/"), basePath)
	return u.Scheme + "://" + u.Host + prefix, nil
}

// CleanBasePath returns the base path in the form that Config wants: one
// leading slash and none at the end.
func CleanBasePath(text string) (string, error) {
	if strings.ContainsAny(text, "?#%\\ ") {
		return "", fmt.Errorf("the base path %q may hold letters, digits and slashes only, such as /0/as/common/scim", text)
	}
	clean := path.Clean("/" + text)
	if clean == "/" {
		return "", nil
	}
	return clean, nil
}
