package tunnel

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// fake is the variable that makes the test binary a tunnel program.
const fake = "AIRMOCK_FAKE_TUNNEL"

func TestMain(m *testing.M) {
	if mode := os.Getenv(fake); mode != "" {
		programs[mode]()
		return
	}
	goleak.VerifyTestMain(m)
}

// programs are tunnel programs that behave.
var programs = map[string]func(){
	"connects": connects,
	"ends":     func() { fmt.Println("ERR failed to request quick Tunnel:\x1b[31m 429"); os.Exit(1) },
	"silence":  forever,
	"flood": func() {
		for {
			if _, err := fmt.Println(strings.Repeat("https://nothing.example ", 1000)); err != nil {
				return
			}
		}
	},
	"deaf": func() {
		signal.Ignore(syscall.SIGTERM)
		connects()
	},
	"parent": func() {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), fake+"=silence")
		child.Stdout = os.Stdout // it holds the output open
		if err := child.Start(); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("child", child.Process.Pid)
		connects()
	},
}

func connects() {
	fmt.Println("2026-11-22T08:32:58Z INF Requesting new quick Tunnel on trycloudflare.com...")
	fmt.Fprintln(os.Stderr, "2026-11-22T08:32:58Z INF |  https://quick-fox.trycloudflare.com                |")
	fmt.Fprintln(os.Stderr, "2026-11-22T08:32:59Z INF Registered tunnel connection connIndex=0")
	forever()
}

// forever ends when it is killed, or after a minute, should nobody do it.
func forever() { time.Sleep(time.Minute) }

func tunnelOf(mode string, timeout time.Duration) *Tunnel {
	return New(Options{
		Provider: "cloudflared", Addr: "127.0.0.1:7644", Env: append(os.Environ(), fake+"="+mode), Timeout: timeout,
		LookPath: func(string) (string, error) { return os.Args[0], nil },
	})
}

func TestATunnelIsUpWhenItHasAnAddressAndIsConnected(t *testing.T) {
	for _, mode := range []string{"connects", "deaf", "parent"} {
		t.Run(mode, func(t *testing.T) {
			tunnel := tunnelOf(mode, time.Minute)
			url, err := tunnel.Start(t.Context())
			if err != nil || url != "https://quick-fox.trycloudflare.com" {
				t.Fatalf("Start = %q, %v", url, err)
			}
			if err := tunnel.Close(); err != nil {
				t.Error(err)
			}
			select {
			case <-tunnel.Done():
			default:
				t.Error("it still runs after Close")
			}
		})
	}
}

func TestAProgramThatFailsIsQuoted(t *testing.T) {
	_, err := tunnelOf("ends", time.Minute).Start(t.Context())
	if err == nil || !strings.Contains(err.Error(), "cloudflared ended") || !strings.Contains(err.Error(), "429") || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("error %v", err)
	}
}

func TestAProgramThatNamesNoAddressIsEnded(t *testing.T) {
	for _, mode := range []string{"silence", "flood"} {
		t.Run(mode, func(t *testing.T) {
			tunnel := tunnelOf(mode, 200*time.Millisecond)
			if _, err := tunnel.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "no address within 200ms") || len(err.Error()) > 2*keptLines*longestLine {
				t.Errorf("error %.200v", err)
			}
			<-tunnel.Done()
		})
	}
}

func TestAnEndedContextEndsTheProgram(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	tunnel := tunnelOf("silence", time.Minute)
	if _, err := tunnel.Start(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	<-tunnel.Done()
}

func TestWhatIsNotThereIsNamed(t *testing.T) {
	missing := New(Options{Provider: "ngrok", Addr: "127.0.0.1:1", LookPath: func(string) (string, error) { return "", exec.ErrNotFound }})
	if _, err := missing.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "ngrok is not installed") || !strings.Contains(err.Error(), "--public-url") {
		t.Errorf("a program that is not installed: %v", err)
	}
	unknown := New(Options{Provider: "smee", Addr: "127.0.0.1:1"})
	if _, err := unknown.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "cloudflared, ngrok") {
		t.Errorf("a provider that is not known: %v", err)
	}
}

func TestTheAddressIsReadFromWhatTheProgramsPrint(t *testing.T) {
	tests := []struct{ provider, line, want string }{
		{"cloudflared", "2023-01-16T08:32:58Z INF |  https://oklahoma-solo-younger-truck.trycloudflare.com  |", "https://oklahoma-solo-younger-truck.trycloudflare.com"},
		{"cloudflared", `{"level":"info","message":"|  https://quick-fox.trycloudflare.com  |","time":"x"}`, "https://quick-fox.trycloudflare.com"},
		{"cloudflared", `ERR Error unmarshaling QuickTunnel response: Post "https://api.trycloudflare.com/tunnel"`, ""},
		{"cloudflared", "INF Thank you for trying Cloudflare Tunnel: https://developers.cloudflare.com/cloudflare-one", ""},
		{"ngrok", `t=2022-06-21T12:26:15+0000 lvl=info msg="started tunnel" obj=tunnels name=command_line addr=http://localhost:8501 url=https://1234.ngrok-free.dev`, "https://1234.ngrok-free.dev"},
		{"ngrok", `t=2022-06-21T12:26:15+0000 lvl=info msg="open config file" url=https://dashboard.ngrok.com`, ""},
		{"devtunnel", "Connect via browser: https://3tgxrktm.usw3.devtunnels.ms:7644, https://3tgxrktm-7644.usw3.devtunnels.ms", "https://3tgxrktm-7644.usw3.devtunnels.ms"},
		{"devtunnel", "Inspect network activity: https://3tgxrktm-7644-inspect.usw3.devtunnels.ms", ""},
		{"tailscale", "https://box.tail1234.ts.net/", "https://box.tail1234.ts.net"},
		{"tailscale", "|-- proxy http://127.0.0.1:7644", ""},
		{"tailscale", "To enable, visit: https://login.tailscale.com/f/funnel?node=x", ""},
		{"localhost.run", "abc123.lhr.life tunneled with tls termination, https://abc123.lhr.life", "https://abc123.lhr.life"},
		{"localhost.run", "To explore using localhost.run visit the documentation site: https://localhost.run/docs/", ""},
	}
	for _, test := range tests {
		t.Run(test.provider+": "+test.line, func(t *testing.T) {
			for _, p := range providers() {
				if p.name != test.provider {
					continue
				}
				if got := p.address(test.line, "7644"); got != test.want {
					t.Errorf("read %q, want %q", got, test.want)
				}
			}
		})
	}
}

func FuzzLines(f *testing.F) {
	f.Add([]byte("one\ntwo\x1b[0m\r\n\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		w := &lineWriter{line: func(line string) {
			if len(line) > 4*longestLine || strings.ContainsAny(line, "\x1b\r\n") {
				t.Errorf("line %q", line)
			}
			for _, p := range providers() {
				if url := p.address(line, "7644"); url != "" && !strings.HasPrefix(url, "https://") {
					t.Errorf("%s reads %q", p.name, url)
				}
			}
		}}
		if n, err := w.Write(data); n != len(data) || err != nil {
			t.Errorf("Write = %d, %v", n, err)
		}
	})
}
