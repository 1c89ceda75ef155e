package cli

import (
	"context"
	"encoding/json"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"airmock/internal/control"
	"airmock/internal/scim"
)

// listing is how resources of a type are shown in a table.
type listing struct {
	head []string
	row  func(*scim.Value) []string
}

// listings are those of the types that have commands of their own, by name.
func listings() map[string]listing {
	return map[string]listing{
		"User": {
			[]string{"ACTIVE", "USER NAME", "DISPLAY NAME", "EXTERNAL ID", "ID"},
			func(v *scim.Value) []string {
				active := "yes"
				if a := v.Get("active"); a != nil && !a.IsTrue() {
					active = "no"
				}
				return []string{active, v.Get("userName").Text(), v.Get("displayName").Text(), v.Get("externalId").Text(), v.Get("id").Text()}
			},
		},
		"Group": {
			[]string{"DISPLAY NAME", "MEMBERS", "EXTERNAL ID", "ID"},
			func(v *scim.Value) []string {
				var members []string
				for m := range v.Get("members").Elements() {
					members = append(members, m.Get("display").Text())
				}
				return []string{v.Get("displayName").Text(), summary(members), v.Get("externalId").Text(), v.Get("id").Text()}
			},
		},
	}
}

func (l listing) print(w io.Writer, resources []*scim.Value) error {
	rows := table{head: l.head}
	for _, v := range resources {
		rows.add(l.row(v)...)
	}
	return rows.print(w)
}

func (p *program) usersCommand() *cobra.Command {
	return p.listCommand("Users", `airmock users 'userName sw "a." and active eq false'`, listings()["User"])
}

func (p *program) groupsCommand() *cobra.Command {
	return p.listCommand("Groups", `airmock groups 'displayName eq "Engineering"'`, listings()["Group"])
}

// summary is a list of names that is short where it is long.
func summary(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + ", …"
}

// listCommand lists the resources at an endpoint, a row each.
func (p *program) listCommand(endpoint, example string, shown listing) *cobra.Command {
	name := strings.ToLower(endpoint)
	var asJSON bool
	cmd := &cobra.Command{
		Use:     name + " [FILTER]",
		Short:   "List the " + name + "; FILTER is a SCIM filter",
		Example: example,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage("%s takes one filter, but got %d words; put the filter in quotes", cmd.CommandPath(), len(args))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the resources as a JSON array")
	return p.onData(cmd, func(ctx context.Context, c *control.Client, args []string) error {
		list, err := c.Resources(ctx, endpoint, strings.Join(args, ""))
		if err != nil {
			return err
		}
		if asJSON {
			raw := []json.RawMessage{}
			for _, v := range list {
				raw = append(raw, v.AppendJSON(nil))
			}
			return p.printJSON(raw)
		}
		return shown.print(p.stdout, list)
	})
}
