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

func (a *app) keyCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Make, list, rotate and revoke API keys",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.keyCreateCmd(), a.keyListCmd(), a.keyRotateCmd(), a.keyRevokeCmd())
	return cmd
}

func scopeNames() string {
	var names []string
	for _, s := range auth.Scopes() {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}

func (a *app) keyCreateCmd() *cobra.Command {
	var scopes []string
	var days int
	cmd := &cobra.Command{
		Use:   "create LABEL",
		Short: "Make an API key; it is shown only once",
		Long: `Make an API key for a program. The label says what will use it. Give a key only
the scopes that its program needs:

  ` + scopeNames(),
		Example: "  jaga key create forum --scope items:write --scope match",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			body := map[string]any{"label": args[0], "scopes": scopes}
			if days > 0 {
				body["expires_at"] = time.Now().AddDate(0, 0, days).UTC().Format(time.RFC3339)
			}
			return a.with(cmd.Context(), false, func(c *client) error {
				var k api.CreatedKey
				if err := c.call(cmd.Context(), http.MethodPost, "/v1/keys", body, &k); err != nil {
					return err
				}
				if a.json {
					return a.printJSON(k)
				}
				_, err := fmt.Fprintln(a.Out, k.Secret)
				return err
			})
		},
	}
	cmd.Flags().StringArrayVar(&scopes, "scope", []string{string(auth.Match), string(auth.ItemsWrite), string(auth.MessagesWrite)}, "what the key may be used for (`SCOPE`); can be given again")
	cmd.Flags().IntVar(&days, "days", 0, "the key ends after this `NUMBER` of days; 0 never")
	return cmd
}

func (a *app) keyListCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List API keys, without their secrets",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), false, func(c *client) error {
				var list api.KeyList
				if err := c.call(cmd.Context(), http.MethodGet, "/v1/keys", nil, &list); err != nil {
					return err
				}
				if a.json {
					return a.printJSON(orEmpty(list.Keys))
				}
				w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
				fmt.Fprintln(w, "NUMBER\tLABEL\tBEGINS\tSTATE\tLAST USED\tSCOPES")
				for _, k := range list.Keys {
					used := "never"
					if k.UsedAt != nil {
						used = k.UsedAt.Local().Format(time.DateTime)
					}
					var names []string
					for _, s := range k.Scopes {
						names = append(names, string(s))
					}
					fmt.Fprintf(w, "%d\t%s\t%s…\t%s\t%s\t%s\n", k.ID, k.Label, k.Hint, keyState(k, time.Now()), used, strings.Join(names, " "))
				}
				return w.Flush()
			})
		},
	}
}

func keyState(k api.Key, now time.Time) string {
	switch {
	case k.RevokedAt != nil:
		return "revoked"
	case k.ExpiresAt != nil && !now.Before(*k.ExpiresAt):
		return "ended"
	}
	return "in use"
}

func (a *app) keyRotateCmd() *cobra.Command {
	var days int
	cmd := &cobra.Command{
		Use:   "rotate NUMBER",
		Short: "Give an API key a new secret; it is shown only once",
		Long: `Give an API key a new secret. The old one works for the days of the overlap, so
that programs can be changed one by one, and ends by itself then. Use
--overlap 0 when others may know it.`,
		Example: "  jaga key rotate 2\n  jaga key rotate 2 --overlap 0",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := strconv.ParseInt(args[0], 10, 64); err != nil {
				return &usageError{errorf(jaga.CodeInvalid, "jaga key list shows them", "%q is not the number of a key", args[0])}
			}
			return a.with(cmd.Context(), false, func(c *client) error {
				var k api.CreatedKey
				if err := c.call(cmd.Context(), http.MethodPost, "/v1/keys/"+args[0]+"/rotate", map[string]any{"overlap_days": days}, &k); err != nil {
					return err
				}
				if a.json {
					return a.printJSON(k)
				}
				_, err := fmt.Fprintln(a.Out, k.Secret)
				return err
			})
		},
	}
	cmd.Flags().IntVar(&days, "overlap", 7, "the old secret works for this `NUMBER` of days, at most 30")
	return cmd
}

func (a *app) keyRevokeCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "revoke NUMBER",
		Short: "End an API key at once, for good",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := strconv.ParseInt(args[0], 10, 64); err != nil {
				return &usageError{errorf(jaga.CodeInvalid, "jaga key list shows them", "%q is not the number of a key", args[0])}
			}
			return a.with(cmd.Context(), false, func(c *client) error {
				if err := c.call(cmd.Context(), http.MethodDelete, "/v1/keys/"+args[0], nil, nil); err != nil {
					return err
				}
				if a.json {
					return a.printJSON(map[string]string{"revoked": args[0]})
				}
				_, err := fmt.Fprintln(a.Out, "revoked")
				return err
			})
		},
	}
}

func (a *app) signInCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "sign-in [NUMBER]",
		Short: "Print a link that signs one person in to the console, once",
		Long: `Print a link that signs one person in to the console, once, within 24 hours: the
person with the number, or else the administrator who is there for longest. It
is the way back in for whoever has lost their passkey.`,
		Example: "  jaga sign-in\n  jaga sign-in 3",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "/v1/sign-in-links"
			if len(args) == 1 {
				if _, err := personNumber(args[0]); err != nil {
					return err
				}
				path = "/v1/people/" + args[0] + "/sign-in-links"
			}
			return a.with(cmd.Context(), false, func(c *client) error {
				var l api.SignInLink
				if err := c.call(cmd.Context(), http.MethodPost, path, nil, &l); err != nil {
					return err
				}
				if a.json {
					return a.printJSON(l)
				}
				_, err := fmt.Fprintln(a.Out, l.URL)
				return err
			})
		},
	}
}
