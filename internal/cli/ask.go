package cli

import (
	"bufio"
	"context"
	"strings"
)

// answer reads a yes or a no from the terminal. Where ctx ends, as on ctrl-c,
// it is a no.
func (p *program) answer(ctx context.Context) (yes bool, err error) {
	type result struct {
		line string
		err  error
	}
	read := make(chan result, 1)
	go func() { // a terminal cannot be made to give up; the program ends soon
		line, err := bufio.NewReader(p.stdin).ReadString('\n')
		read <- result{line, err}
	}()
	select {
	case r := <-read:
		word := strings.ToLower(strings.TrimSpace(r.line))
		return word == "y" || word == "yes", r.err
	case <-ctx.Done():
		return false, ctx.Err()
	}
}
