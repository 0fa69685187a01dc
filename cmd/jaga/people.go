package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/web/api"
)

func (a *app) peopleCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "people",
		Short: "List, invite and disable the people of the console",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.peopleListCmd(), a.peopleInviteCmd(), a.peopleDisableCmd())
	return cmd
}

func (a *app) peopleListCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List people, their roles and how they sign in",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), false, func(c *client) error {
				var list api.PersonList
				if err := c.call(cmd.Context(), http.MethodGet, "/v1/people", nil, &list); err != nil {
					return err
				}
				if a.json {
					return a.printJSON(orEmpty(list.People))
				}
				w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
				fmt.Fprintln(w, "NUMBER\tNAME\tLOGIN\tSTATE\tSIGNED IN\tPASSKEYS\tROLES")
				for _, p := range list.People {
					state, seen := "in use", "never"
					if p.DisabledAt != nil {
						state = "disabled"
					}
					if p.SeenAt != nil {
						seen = p.SeenAt.Local().Format(time.DateTime)
					}
					fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%d\t%s\n", p.ID, p.Name, p.Login, state, seen, p.Passkeys, strings.Join(p.Roles, " "))
				}
				return w.Flush()
			})
		},
	}
}

func roleNames() string {
	var names []string
	for _, r := range auth.Roles() {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

func (a *app) peopleInviteCmd() *cobra.Command {
	var login string
	var fresh bool
	var roles []string
	cmd := &cobra.Command{
		Use:   "invite NAME",
		Short: "Add a person and print their first sign-in link",
		Long: `Add a person and print the link that signs them in, once, within 24 hours. They
make a passkey then. The roles are

  ` + roleNames() + `

and a role holds in all queues unless a queue is named after @; one that there is
not yet needs --new-queue. Give the link to
them in person or by telephone: whoever opens it first is signed in.`,
		Example: "  jaga people invite Sari --role reviewer@default\n  jaga people invite Budi --login budi@example.org --role senior --role administrator",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			body := map[string]any{"name": args[0], "login": login, "roles": orEmpty(roles), "new_queues": fresh}
			return a.with(cmd.Context(), false, func(c *client) error {
				var p api.InvitedPerson
				if err := c.call(cmd.Context(), http.MethodPost, "/v1/people", body, &p); err != nil {
					return err
				}
				if a.json {
					return a.printJSON(p)
				}
				_, err := fmt.Fprintln(a.Out, p.Link.URL)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&login, "login", "", "`NAME` to sign in with: a mail address or a short name")
	cmd.Flags().BoolVar(&fresh, "new-queue", false, "make queues that there are not yet")
	cmd.Flags().StringArrayVar(&roles, "role", nil, "what they may do (`ROLE` or ROLE@QUEUE); can be given again")
	return cmd
}

func (a *app) peopleDisableCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "disable NUMBER",
		Short: "Shut a person out at once",
		Long: `Shut a person out. Their sessions and links end at once; what they decided
stays. The last administrator cannot be shut out. The page People lets somebody
in again.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := personNumber(args[0]); err != nil {
				return err
			}
			return a.with(cmd.Context(), false, func(c *client) error {
				if err := c.call(cmd.Context(), http.MethodPost, "/v1/people/"+args[0]+"/disable", nil, nil); err != nil {
					return err
				}
				if a.json {
					return a.printJSON(map[string]string{"disabled": args[0]})
				}
				_, err := fmt.Fprintln(a.Out, "disabled")
				return err
			})
		},
	}
}

func personNumber(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return 0, &usageError{errorf(jaga.CodeInvalid, "jaga people list shows them", "%q is not the number of a person", text)}
	}
	return id, nil
}
