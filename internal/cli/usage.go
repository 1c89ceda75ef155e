package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"airmock/internal/nearest"
)

// usageError is a command line that is wrong.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usage(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// flagError makes pflag's errors name the nearest right flag.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var wrong *pflag.InvalidValueError
	if errors.As(err, &wrong) {
		return usage("--%s: %s; see %s --help", wrong.GetFlag().Name, wrongValue(wrong.GetFlag(), wrong.GetValue(), wrong.Unwrap()), cmd.CommandPath())
	}
	if !errors.As(err, &unknown) {
		return usage("%v; see %s --help", err, cmd.CommandPath())
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	name := unknown.GetSpecifiedName()
	if len(name) > 1 || unknown.GetSpecifiedShortnames() == "" {
		name = "--" + name
	} else {
		name = "-" + name
	}
	return usage("%s has no flag %s%s; see %s --help", cmd.CommandPath(), name, nearest.Hint(name, names), cmd.CommandPath())
}

// wrongValue says why a flag does not take a value. The flags of this package
// say it themselves; for those of pflag it is said here, in place of strconv.
func wrongValue(f *pflag.Flag, value string, err error) string {
	switch f.Value.Type() {
	case "bool":
		return fmt.Sprintf("%q is neither true nor false", value)
	case "uint64":
		return fmt.Sprintf("%q is not a whole number from 0 on", value)
	case "int":
		return fmt.Sprintf("%q is not a whole number", value)
	case "duration":
		return fmt.Sprintf("%q is not a duration with its unit, such as 500ms, 30s or 5m", value)
	}
	return err.Error()
}

// refuseUnknownWords makes the commands help and completion, which are cobra's
// own, refuse a word that they do not know as the others do.
func refuseUnknownWords(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Args = func(_ *cobra.Command, args []string) error {
				found, rest, err := root.Find(args)
				if err != nil {
					return usage("%v", err)
				}
				return noArguments(found, rest)
			}
		case "completion":
			cmd.Args, cmd.RunE = noArguments, wantsCommand
		}
	}
}

// noArguments refuses arguments; on a command with others below it, it names
// the nearest of those.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasAvailableSubCommands() {
		return usage("%s takes no arguments, but got %q; see %s --help", cmd.CommandPath(), args[0], cmd.CommandPath())
	}
	return usage("%s has no command %q%s; see %s --help", cmd.CommandPath(), args[0], nearest.Hint(args[0], commandNames(cmd)), cmd.CommandPath())
}

func commandNames(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return names
}

// group is a command that only holds others: without one it is wrong usage.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Args: noArguments,
		RunE: wantsCommand,
	}
	cmd.AddCommand(commands...)
	return cmd
}

func wantsCommand(cmd *cobra.Command, _ []string) error {
	return usage("%s wants one of the commands %s", cmd.CommandPath(), strings.Join(commandNames(cmd), ", "))
}

// oneArgument wants exactly one argument, which is called what.
func oneArgument(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage("%s wants one argument, %s, but got %d; see %s --help", cmd.CommandPath(), what, len(args), cmd.CommandPath())
		}
		if args[0] == "" {
			return usage("%s wants %s, but got an empty one; see %s --help", cmd.CommandPath(), what, cmd.CommandPath())
		}
		return nil
	}
}

// choice is a flag's value that is one of a few words.
type choice struct {
	value   string
	options []string
}

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return strings.Join(c.options, "|") }

func (c *choice) Set(text string) error {
	for _, option := range c.options {
		if strings.EqualFold(option, text) {
			c.value = option
			return nil
		}
	}
	return fmt.Errorf("%q is not one of %s%s", text, strings.Join(c.options, ", "), nearest.Hint(text, c.options))
}
