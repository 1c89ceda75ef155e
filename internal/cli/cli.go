// Package cli is the program's commands, flags and environment. It builds a
// tenant and puts a face on it, or speaks to one that is running.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/signal"
	"syscall"

	"charm.land/fang/v2"
	"github.com/spf13/cobra"

	"airmock/internal/control"
	"airmock/internal/safetext"
)

// The exit codes.
const (
	exitDone     = 0
	exitFailed   = 1
	exitUsage    = 2 // wrong usage
	exitTimedOut = 3 // timed out, or an expectation was not met
)

// program is one run of the program and what it was given.
type program struct {
	env    environment
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

// Run runs the program and returns its exit code. args are without the
// program's name; env is in the form of os.Environ. The program touches no
// other standard stream or environment. SIGINT, SIGTERM and SIGHUP end it as
// the end of ctx does.
func Run(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	p := &program{env: environment(env), stdin: stdin, stdout: stdout, stderr: stderr}
	root := p.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := fang.Execute(ctx, root,
		fang.WithVersion(version()),
		fang.WithoutManpage(), // its own writes past our stdout
		fang.WithErrorHandler(func(w io.Writer, _ fang.Styles, err error) {
			fmt.Fprintf(w, "airmock: %s\n", safetext.Block(err.Error()))
		}),
	)
	return exitCode(err)
}

func exitCode(err error) int {
	var usage *usageError
	var refused *control.RefusedError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &usage), errors.As(err, &refused) && refused.Status == http.StatusBadRequest:
		return exitUsage
	case errors.Is(err, errTimedOut), errors.Is(err, errDifferent):
		return exitTimedOut
	}
	return exitFailed
}

// errTimedOut is wrapped by the error of a command that waited in vain.
var errTimedOut = errors.New("timed out")

func (p *program) root() *cobra.Command {
	flags := p.tenantFlags()
	root := &cobra.Command{
		Use:   "airmock",
		Short: "A fake Airstack tenant for Microsoft Entra ID provisioning",
		Long: `airmock is a fake Airstack tenant: a SCIM 2.0 server for Microsoft Entra ID to
provision into, and a screen that shows each call and what it means.

Without a terminal, with CI set or with TERM=dumb it is the same as
"airmock serve".

Every flag has a variable of the environment, which counts where the flag is
not given: AIRMOCK_BASE_PATH for --base-path.`,
		Example: `# Open the screen, with the server answering behind it:
airmock

# Serve without a screen, keep nothing, take any free port:
airmock serve --memory --listen 127.0.0.1:0 --token s3cret-for-scripts`,
		Args: noArguments,
		RunE: p.prepare(func(cmd *cobra.Command, _ []string) error {
			if p.hasScreen() {
				return p.runScreen(cmd.Context(), flags)
			}
			return p.runLines(cmd.Context(), flags)
		}),
	}
	flags.register(root.Flags())
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		p.serveCommand(), p.tokenCommand(), p.usersCommand(), p.groupsCommand(), p.callsCommand(), p.replayCommand(), p.statsCommand(), p.waitCommand(), p.cyclesCommand(), p.timelineCommand(),
		p.exportCommand(), p.importCommand(), p.openCommand(), p.seedCommand(),
		p.faultCommand(), p.snapshotCommand(), p.restoreCommand(), p.resetCommand(), p.repairCommand(), p.readyCommand(), p.versionCommand(), p.manCommand(),
	)
	refuseUnknownWords(root)
	return root
}
