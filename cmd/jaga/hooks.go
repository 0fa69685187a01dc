package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/web/api"
)

func (a *app) hooksCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hooks",
		Short: "Tell other servers what happens, by signed webhooks",
		Long: `Tell other servers what happens and what to do, by signed webhooks. A platform's
own server acts on what it gets, and says what it did. docs/webhooks.md has the
details, and code that checks signatures.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.hooksListCmd(), a.hooksAddCmd(), a.hooksTestCmd(), a.hooksDeliveriesCmd(), a.hooksReplayCmd(), a.hooksRotateCmd(),
		a.hooksSwitchCmd("on", true), a.hooksSwitchCmd("off", false), a.hooksRemoveCmd(), a.hooksSchemaCmd())
	return cmd
}

// hook finds a webhook by its number or its name.
func (c *client) hook(ctx context.Context, name string) (api.Hook, error) {
	var list api.HookList
	if err := c.call(ctx, http.MethodGet, "/v1/hooks", nil, &list); err != nil {
		return api.Hook{}, err
	}
	for _, h := range list.Hooks {
		if h.Name == name || strconv.FormatInt(h.ID, 10) == name {
			return h, nil
		}
	}
	return api.Hook{}, errorf(jaga.CodeNotFound, "jaga hooks list shows them", "there is no webhook %q", name)
}

func hookPath(id int64, rest string) string { return "/v1/hooks/" + strconv.FormatInt(id, 10) + rest }

// onHook is a command that does one thing with a webhook.
func (a *app) onHook(use, short, long string, do func(ctx context.Context, c *client, h api.Hook) error) *cobra.Command {
	return &cobra.Command{
		Use: use + " NAME", Short: short, Long: long, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), false, func(c *client) error {
				h, err := c.hook(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return do(cmd.Context(), c, h)
			})
		},
	}
}

// said prints what a command has done.
func (a *app) said(v any, text string) error {
	if a.json {
		return a.printJSON(v)
	}
	_, err := fmt.Fprintln(a.Out, text)
	return err
}

func (a *app) hooksListCmd() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List webhooks and how they are", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), false, func(c *client) error {
				var list api.HookList
				if err := c.call(cmd.Context(), http.MethodGet, "/v1/hooks", nil, &list); err != nil {
					return err
				}
				if a.json {
					return a.printJSON(orEmpty(list.Hooks))
				}
				w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
				fmt.Fprintln(w, "NUMBER\tNAME\tSTATE\tWAITING\tGIVEN UP\tLAST DELIVERED\tURL\tKINDS")
				for _, h := range list.Hooks {
					last := "never"
					if h.LastOK != nil {
						last = h.LastOK.Local().Format(time.DateTime)
					}
					kinds := strings.Join(h.Kinds, " ")
					if kinds == "" {
						kinds = "all"
					}
					fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%d\t%s\t%s\t%s\n", h.ID, h.Name, hookState(h), h.Waiting, h.Dead, last, h.URL, kinds)
				}
				return w.Flush()
			})
		},
	}
}

func hookState(h api.Hook) string {
	switch {
	case !h.Enabled:
		return "off"
	case h.PausedUntil != nil:
		return "paused"
	}
	return "on"
}

func (a *app) hooksAddCmd() *cobra.Command {
	var kinds []string
	var file string
	cmd := &cobra.Command{
		Use:   "add NAME URL",
		Short: "Add a webhook, and print its secret; it is shown only once",
		Long: `Add a webhook, and print its secret, which is shown only once. The receiver
checks with it that a delivery comes from here. The address begins with https://
and is public; for hosts of your own network see hooks.internal in
docs/configuration.md.

The kinds of events are:

  ` + strings.Join(action.EventKinds(), "\n  "),
		Example: "  jaga hooks add forum https://forum.example/jaga --kind action.hold --kind action.undo",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), false, func(c *client) error {
				var made api.CreatedHook
				if err := c.call(cmd.Context(), http.MethodPost, "/v1/hooks", api.NewHook{Name: args[0], URL: args[1], Kinds: orEmpty(kinds), SecretFile: file}, &made); err != nil {
					return err
				}
				if made.Secret == "" {
					return a.said(made, "added; its secret is in the file "+file)
				}
				return a.said(made, made.Secret)
			})
		},
	}
	cmd.Flags().StringArrayVar(&kinds, "kind", nil, "a `KIND` of events that it takes, all unless given; can be given again")
	cmd.Flags().StringVar(&file, "secret-file", "", "the secret is in this `FILE` of the folder secrets in the data directory")
	return cmd
}

func (a *app) hooksTestCmd() *cobra.Command {
	return a.onHook("test", "Send a test event at once, and say what came of it", "Send an event of the kind test at once, and say what came of it. It ends with 1 when\nthe receiver did not take it.", func(ctx context.Context, c *client, h api.Hook) error {
		var r api.HookTest
		if err := c.call(ctx, http.MethodPost, hookPath(h.ID, "/test"), nil, &r); err != nil {
			return err
		}
		if !r.OK {
			return errorf(jaga.CodeUnavailable, "", "%s did not take it: %s", h.Name, r.Error)
		}
		return a.said(r, fmt.Sprintf("taken: answered %d in %d ms", r.Status, r.Millis))
	})
}

func (a *app) hooksDeliveriesCmd() *cobra.Command {
	var hook, state string
	var limit int
	cmd := &cobra.Command{
		Use: "deliveries", Short: "List deliveries, newest first", Args: cobra.NoArgs,
		Long:    "List deliveries, newest first. A dead one was tried for the last time; jaga hooks\nreplay sends it again.",
		Example: "  jaga hooks deliveries --state dead",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), false, func(c *client) error {
				number := ""
				if hook != "" {
					h, err := c.hook(cmd.Context(), hook)
					if err != nil {
						return err
					}
					number = strconv.FormatInt(h.ID, 10)
				}
				var list api.DeliveryList
				if err := c.call(cmd.Context(), http.MethodGet, query("/v1/deliveries", "hook", number, "state", state, "limit", strconv.Itoa(limit)), nil, &list); err != nil {
					return err
				}
				if a.json {
					return a.printJSON(orEmpty(list.Deliveries))
				}
				w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
				fmt.Fprintln(w, "NUMBER\tHOOK\tKIND\tSTATE\tTRIES\tAT\tWHY")
				for _, d := range list.Deliveries {
					fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%d\t%s\t%s\n", d.ID, d.Hook, d.Kind, d.State, d.Attempts, d.At.Local().Format(time.DateTime), d.Error)
				}
				return w.Flush()
			})
		},
	}
	cmd.Flags().StringVar(&hook, "hook", "", "only those of this webhook (`NAME`)")
	cmd.Flags().StringVar(&state, "state", "", "only those of this `STATE`: waiting, delivered, dead, dropped")
	cmd.Flags().IntVar(&limit, "limit", 50, "at most this `NUMBER`")
	return cmd
}

func (a *app) hooksReplayCmd() *cobra.Command {
	var one int64
	cmd := a.onHook("replay", "Send again what was given up", `Send everything again that was given up for a webhook, or one delivery with
--delivery. Identifiers and bodies stay the same, so that a receiver can tell.`, func(ctx context.Context, c *client, h api.Hook) error {
		if one > 0 {
			if err := c.call(ctx, http.MethodPost, "/v1/deliveries/"+strconv.FormatInt(one, 10)+"/replay", nil, nil); err != nil {
				return err
			}
			return a.said(api.Replayed{Replayed: 1}, "1 is sent again")
		}
		var r api.Replayed
		if err := c.call(ctx, http.MethodPost, hookPath(h.ID, "/replay"), nil, &r); err != nil {
			return err
		}
		return a.said(r, fmt.Sprintf("%d are sent again", r.Replayed))
	})
	cmd.Flags().Int64Var(&one, "delivery", 0, "only the delivery of this `NUMBER`, also when it arrived before")
	return cmd
}

func (a *app) hooksRotateCmd() *cobra.Command {
	return a.onHook("rotate", "Make a new secret; the old one signs as well for 24 hours", "Make a new secret and print it; it is shown only once. For 24 hours deliveries carry\nsignatures with the old and the new secret.", func(ctx context.Context, c *client, h api.Hook) error {
		var s api.HookSecret
		if err := c.call(ctx, http.MethodPost, hookPath(h.ID, "/secret"), nil, &s); err != nil {
			return err
		}
		return a.said(s, s.Secret)
	})
}

func (a *app) hooksSwitchCmd(word string, on bool) *cobra.Command {
	return a.onHook(word, "Switch a webhook "+word, "", func(ctx context.Context, c *client, h api.Hook) error {
		if err := c.call(ctx, http.MethodPatch, hookPath(h.ID, ""), api.HookChange{Enabled: on}, nil); err != nil {
			return err
		}
		return a.said(map[string]string{"hook": h.Name, "state": word}, h.Name+" is "+word)
	})
}

func (a *app) hooksRemoveCmd() *cobra.Command {
	return a.onHook("remove", "Remove a webhook; what waits for it is not sent", "", func(ctx context.Context, c *client, h api.Hook) error {
		if err := c.call(ctx, http.MethodDelete, hookPath(h.ID, ""), nil, nil); err != nil {
			return err
		}
		return a.said(map[string]string{"removed": h.Name}, "removed "+h.Name)
	})
}

func (a *app) hooksSchemaCmd() *cobra.Command {
	return &cobra.Command{
		Use: "schema", Short: "Print the JSON Schema of what is sent, with examples", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := a.Out.Write(action.Schema())
			return err
		},
	}
}
