package control

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// maxSocketPath is what every system takes in a socket address; some take no
// more (104 bytes on macOS, with the terminating NUL).
const maxSocketPath = 100

// SocketPath returns where a tenant with that data directory listens for its
// own commands: airmock.sock in it or, where that path would be too long for a
// socket address, a name made from it in the user's runtime directory. getenv
// looks up XDG_RUNTIME_DIR.
func SocketPath(dataDir string, getenv func(string) string) string {
	path := filepath.Join(dataDir, "airmock.sock")
	if len(path) <= maxSocketPath {
		return path
	}
	dir := getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		dir = filepath.Join(os.TempDir(), "airmock-"+strconv.Itoa(os.Getuid()))
	}
	sum := sha256.Sum256([]byte(dataDir))
	return filepath.Join(dir, "airmock-"+hex.EncodeToString(sum[:6])+".sock")
}

// ErrInUse is returned where another tenant answers on the socket.
var ErrInUse = errors.New("another airmock answers on the control socket")

// bindSocket listens on a unix socket that its user alone can open. A socket
// that a killed process left behind is replaced.
func bindSocket(ctx context.Context, path string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the directory of the control socket: %w", err)
	}
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		conn.Close()
		return nil, fmt.Errorf("%w %s", ErrInUse, path)
	}
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() != os.ModeSocket {
		return nil, fmt.Errorf("the control socket %s is taken by something that is no socket; remove it, or choose another directory with --data", path)
	}
	_ = os.Remove(path) // nobody answered on it
	ln, err := new(net.ListenConfig).Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on the control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		ln.Close()
		return nil, fmt.Errorf("keep the control socket to its user: %w", err)
	}
	return ln, nil
}
