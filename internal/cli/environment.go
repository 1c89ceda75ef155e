package cli

import (
	"path/filepath"
	"runtime"
	"strings"
)

// environment is the environment that the program was given, as os.Environ
// returns it. Of a name that stands twice the last one counts.
type environment []string

func (e environment) get(name string) string {
	value, _ := e.lookup(name)
	return value
}

func (e environment) lookup(name string) (string, bool) {
	for i := len(e) - 1; i >= 0; i-- {
		if key, value, ok := strings.Cut(e[i], "="); ok && key == name {
			return value, true
		}
	}
	return "", false
}

// dataDir is the user's data directory for this program, by the habits of the
// system; "" where the environment names no home.
func (e environment) dataDir() string {
	base := ""
	switch runtime.GOOS {
	case "windows":
		base = e.get("LocalAppData")
	case "darwin":
		if home := e.get("HOME"); home != "" {
			base = filepath.Join(home, "Library", "Application Support")
		}
	default:
		// The XDG base directory specification: a relative path is ignored.
		if base = e.get("XDG_DATA_HOME"); !filepath.IsAbs(base) {
			base = ""
			if home := e.get("HOME"); home != "" {
				base = filepath.Join(home, ".local", "share")
			}
		}
	}
	if base == "" {
		return ""
	}
	return filepath.Join(base, "airmock")
}
