package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"airmock/internal/control"
	"airmock/store"
)

func (p *program) snapshotCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "snapshot FILE",
		Short: "Save the whole tenant, at one instant, in a file; - is stdout",
		Long: `Saves everything that the tenant has, users, groups, memberships and tokens (as
hashes), as of one instant, in a file that airmock restore takes. A tenant that
runs goes on meanwhile. What is written is complete, or not there.`,
		Example: `airmock snapshot before-the-test.snapshot
airmock snapshot - | gzip > tenant.snapshot.gz`,
		Args: oneArgument("a file, or - for stdout"),
	}
	cmd.Flags().BoolVar(&force, "force", false, "overwrite the file where it exists")
	return p.onData(cmd, func(ctx context.Context, c *control.Client, args []string) error {
		if args[0] == "-" {
			if isTerminal(p.stdout) {
				return usage("a snapshot is nothing to look at, and stdout is a terminal; redirect it, or name a file")
			}
			_, err := p.save(ctx, c, p.stdout)
			return err
		}
		var info store.SnapshotInfo
		err := writeWhole(args[0], force, func(w io.Writer) (err error) {
			info, err = p.save(ctx, c, w)
			return err
		})
		if err != nil {
			return err
		}
		return p.printf("saved %s in %s\n", info.Counts, args[0])
	})
}

func (p *program) save(ctx context.Context, c *control.Client, w io.Writer) (store.SnapshotInfo, error) {
	bar := newProgress(p.stderr, "saving")
	defer bar.clear()
	info, err := c.Snapshot(ctx, w, bar.show)
	if err != nil && ctx.Err() != nil {
		err = errors.New("interrupted; the tenant is as it was, and no whole snapshot is written")
	}
	return info, err
}

func (p *program) restoreCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Replace the whole tenant by a snapshot; - is stdin",
		Long: `Replaces everything that the tenant has, tokens too, by what a snapshot has, with
ids, versions and times as they were. A tenant that runs goes on: readers see
the old state until they see the new one. A file that is damaged, cut short or
of a newer airmock is refused, with the offset, and changes nothing.`,
		Example: `airmock restore before-the-test.snapshot --yes
gunzip < tenant.snapshot.gz | airmock restore - --yes`,
		Args: oneArgument("a file, or - for stdin"),
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "replace everything without a question")
	return p.onData(cmd, func(ctx context.Context, c *control.Client, args []string) error {
		file, err := p.openInput(ctx, args[0])
		if err != nil {
			return err
		}
		defer file.close()
		switch {
		case file.file != nil:
			if err := p.beforeRestore(ctx, c, file, yes); err != nil {
				return err
			}
		case !yes:
			return usage("restore replaces everything that the tenant has, and cannot ask while it reads the snapshot from stdin; say --yes")
		}
		return p.restore(ctx, c, file)
	})
}

// beforeRestore reads the whole file, and asks.
func (p *program) beforeRestore(ctx context.Context, c *control.Client, file *input, yes bool) error {
	file.bar = newProgress(p.stderr, "reading")
	info, err := store.CheckSnapshot(file, nil)
	file.bar.clear()
	if err != nil {
		return fmt.Errorf("%s: %w; nothing was changed", file.file.Name(), err)
	}
	if err := file.rewind(); err != nil {
		return err
	}
	return p.confirm(ctx, c, yes, fmt.Sprintf("replace it by the snapshot taken %s, with %s", moment(info.Taken), info.Counts))
}

func (p *program) restore(ctx context.Context, c *control.Client, file *input) error {
	file.bar = newProgress(p.stderr, "restoring")
	info, err := c.Restore(ctx, file)
	file.bar.clear()
	if err != nil && ctx.Err() != nil {
		return errors.New("interrupted; the tenant is as it was, or, if all of the snapshot was sent already, as in the snapshot")
	}
	if err != nil {
		return err
	}
	return p.printf("restored %s, from the snapshot taken %s\n", info.Counts, moment(info.Taken))
}

func (p *program) resetCommand() *cobra.Command {
	var yes, keepTokens bool
	cmd := &cobra.Command{
		Use:   "reset",
		Short: "Empty the tenant",
		Long: `Deletes all users, groups and other resources, and all tokens, at once. A tenant
that runs goes on. airmock snapshot keeps what there was.`,
		Example: "airmock reset --yes --keep-tokens",
		Args:    noArguments,
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "delete everything without a question")
	cmd.Flags().BoolVar(&keepTokens, "keep-tokens", false, "leave the Secret Tokens as they are")
	return p.onData(cmd, func(ctx context.Context, c *control.Client, _ []string) error {
		what := "delete all of it"
		if keepTokens {
			what = "delete all of it but the tokens"
		}
		if err := p.confirm(ctx, c, yes, what); err != nil {
			return err
		}
		gone, err := c.Reset(ctx, keepTokens)
		if err != nil && ctx.Err() != nil {
			return errors.New("interrupted; the tenant is as it was, or empty")
		}
		if err != nil {
			return err
		}
		return p.printf("deleted %s\n", gone)
	})
}

// confirm asks whether to do something to the whole tenant, unless yes says so
// already. The error says that it is not to be done.
func (p *program) confirm(ctx context.Context, c *control.Client, yes bool, what string) error {
	if yes {
		return nil
	}
	if !isTerminal(p.stdin) || !isTerminal(p.stderr) {
		return usage("this is to %s, and there is no terminal to ask on; say --yes", what)
	}
	s, err := c.Status(ctx)
	if err != nil {
		return err
	}
	there := store.Counts{Users: s.Users, Groups: s.Groups, Tokens: s.Tokens}
	fmt.Fprintf(p.stderr, "airmock: the tenant has %s; %s? [y/N] ", there, what)
	if ok, err := p.answer(ctx); err != nil || !ok {
		return errors.Join(errors.New("nothing was changed"), err)
	}
	return nil
}
