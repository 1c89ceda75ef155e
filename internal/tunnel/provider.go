package tunnel

import (
	"regexp"
	"strings"
)

// provider is a tunnel program: how it is started, and how its address is read.
type provider struct {
	name    string
	program string
	home    string // where to get it
	args    func(addr, port string) []string
	// address returns the public address that a line of output names, or "".
	address func(line, port string) string
	// connected is part of the line that says that the tunnel is usable; ""
	// where the line with the address says so.
	connected string
}

func providers() []provider {
	return []provider{
		{
			name: "cloudflared", program: "cloudflared", home: "github.com/cloudflare/cloudflared",
			args: func(addr, _ string) []string {
				return []string{"tunnel", "--url", "http://" + addr, "--no-autoupdate"}
			},
			address:   cloudflaredAddress,
			connected: "Registered tunnel connection",
		},
		{
			name: "ngrok", program: "ngrok", home: "ngrok.com",
			args: func(addr, _ string) []string {
				return []string{"http", addr, "--log=stdout", "--log-format=logfmt"}
			},
			address: ngrokAddress,
		},
		{
			name: "devtunnel", program: "devtunnel", home: "aka.ms/devtunnels; run devtunnel user login once",
			args: func(_, port string) []string {
				// Entra cannot log in to the tunnel.
				return []string{"host", "-p", port, "--allow-anonymous"}
			},
			address:   devtunnelAddress,
			connected: "Ready to accept connections",
		},
		{
			name: "tailscale", program: "tailscale", home: "tailscale.com",
			args:    func(_, port string) []string { return []string{"funnel", port} },
			address: tailscaleAddress,
		},
		{
			name: "localhost.run", program: "ssh", home: "an OpenSSH client",
			args: func(addr, _ string) []string {
				return []string{
					"-o", "StrictHostKeyChecking=accept-new", "-o", "ServerAliveInterval=30",
					"-o", "ExitOnForwardFailure=yes", "-R", "80:" + addr, "nokey@localhost.run",
				}
			},
			address: localhostRunAddress,
		},
	}
}

// The programs print other links too, to their documentation, inspectors and
// consoles; each pattern takes the tunnel's own only.
var (
	cloudflaredURL  = regexp.MustCompile(`https://[a-z0-9-]+\.trycloudflare\.com`)
	ngrokURL        = regexp.MustCompile(`\burl=(https://[A-Za-z0-9.-]+)`)
	devtunnelURL    = regexp.MustCompile(`https://[a-z0-9]+-[0-9]+\.[a-z0-9.]*devtunnels\.ms`)
	tailscaleURL    = regexp.MustCompile(`^\s*(https://[A-Za-z0-9.-]+\.ts\.net(?::[0-9]+)?)/?\s*$`)
	localhostRunURL = regexp.MustCompile(`tunneled with tls termination, (https://[A-Za-z0-9.-]+)`)
)

func cloudflaredAddress(line, _ string) string {
	url := cloudflaredURL.FindString(line)
	if url == "https://api.trycloudflare.com" { // named where the quick tunnel failed
		return ""
	}
	return url
}

func ngrokAddress(line, _ string) string {
	if !strings.Contains(line, `msg="started tunnel"`) {
		return ""
	}
	return submatch(ngrokURL, line)
}

func devtunnelAddress(line, port string) string {
	if !strings.Contains(line, "Connect via browser:") {
		return ""
	}
	for _, url := range devtunnelURL.FindAllString(line, -1) {
		if strings.Contains(url, "-"+port+".") {
			return url
		}
	}
	return ""
}

func tailscaleAddress(line, _ string) string { return submatch(tailscaleURL, line) }

func localhostRunAddress(line, _ string) string { return submatch(localhostRunURL, line) }

func submatch(re *regexp.Regexp, line string) string {
	if m := re.FindStringSubmatch(line); m != nil {
		return m[1]
	}
	return ""
}
