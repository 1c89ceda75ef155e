package cli

import (
	"bufio"
	"context"
	"strings"

	"github.com/muesli/cancelreader"
)

// answer reads a yes or a no from the terminal. Where ctx ends, as on ctrl-c,
// it is a no. Nobody is left reading then: whoever asks the terminal next, as
// for the colours of an error, would wait for that reader for ever.
func (p *program) answer(ctx context.Context) (yes bool, err error) {
	in, err := cancelreader.NewReader(p.stdin)
	if err != nil {
		return false, err
	}
	defer in.Close()
	defer context.AfterFunc(ctx, func() { in.Cancel() })()
	line, err := bufio.NewReader(in).ReadString('\n')
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	word := strings.ToLower(strings.TrimSpace(line))
	return word == "y" || word == "yes", err
}
