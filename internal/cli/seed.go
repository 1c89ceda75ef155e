package cli

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"airmock/internal/control"
	"airmock/internal/people"
	"airmock/internal/tenant"
)

func (p *program) seedCommand() *cobra.Command {
	users, groups, seed := "50", "", ""
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "seed",
		Short: "Invent users and groups",
		Long: `Invents people of a company: users with departments, titles, addresses and a tree
of managers, and groups for the departments, with teams inside them. They come
beside those that are there; where a name is taken, the new one gets a number.`,
		Example: "airmock seed --users 1000 --groups 30 --seed 7",
		Args:    noArguments,
	}
	cmd.Flags().StringVar(&users, "users", users, "how many users")
	cmd.Flags().StringVar(&groups, "groups", "", "how many groups (default a tenth of the users, at most 100)")
	cmd.Flags().StringVar(&seed, "seed", "", "number that decides who they are; the same one gives the same people (default random)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	return p.onData(cmd, func(ctx context.Context, c *control.Client, _ []string) error {
		n, err := invented("users", users)
		if err != nil {
			return err
		}
		m := people.GroupsFor(n)
		if groups != "" {
			if m, err = invented("groups", groups); err != nil {
				return err
			}
		}
		number, err := seedOf(seed)
		if err != nil {
			return err
		}
		bar := newProgress(p.stderr, "inventing people")
		made := 0
		file := people.Encode(func(yield func(people.Row, error) bool) {
			for row, err := range people.Invent(n, m, number) {
				if !yield(row, err) {
					return
				}
				made++
				bar.show(float64(made) / float64(n+m))
			}
		})
		defer func() { _ = file.Close() }()
		report, err := c.Import(ctx, file, people.JSON, people.Options{Policy: people.Rename})
		bar.clear()
		if err != nil {
			return err
		}
		if !asJSON {
			fmt.Fprintf(p.stderr, "airmock: seed %d\n", number)
		}
		return p.tellReport(report, "", asJSON)
	})
}

// invented reads how many people are wanted.
func invented(flag, text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n > people.MaxInvented {
		return 0, usage("--%s %q is not a whole number from 0 to %d", flag, text, people.MaxInvented)
	}
	return int(n), nil
}

// seedOf reads a seed, or draws one for "".
func seedOf(text string) (uint64, error) {
	if text == "" {
		return tenant.RandomSeed(rand.Reader)
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, usage("--seed %q is not a whole number from 0 on", text)
	}
	return seed, nil
}
