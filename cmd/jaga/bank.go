package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/web/api"
)

func (a *app) bankCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bank",
		Short: "Make banks, fill them and look into them",
		Long: `Banks are the lists of hashes that items are compared with. These commands ask
the server that runs on the data directory; when none runs they do the work
themselves.

Instead of a data directory, JAGA_URL and JAGA_KEY can name a server elsewhere
and an API key for it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.bankListCmd(), a.bankCreateCmd(), a.bankSetCmd(), a.bankDeleteCmd(), a.bankRestoreCmd(),
		a.bankAddCmd(), a.bankImportCmd(), a.bankExportCmd(), a.bankEntriesCmd(), a.bankRemoveCmd())
	return cmd
}

// with runs fn with a client of the installation.
func (a *app) with(ctx context.Context, create bool, fn func(c *client) error) error {
	c, err := a.connect(ctx, create)
	if err != nil {
		return err
	}
	defer c.close()
	return fn(c)
}

func (a *app) bankListCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List all banks",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), false, func(c *client) error {
				var list api.BankList
				if err := c.call(cmd.Context(), http.MethodGet, "/v1/banks", nil, &list); err != nil {
					return err
				}
				if a.json {
					return a.printJSON(orEmpty(list.Banks))
				}
				if len(list.Banks) == 0 {
					a.notef("there is no bank yet; make one with jaga bank create NAME")
					return nil
				}
				return a.printBanks(list.Banks)
			})
		},
	}
}

func (a *app) printBanks(list []api.Bank) error {
	w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tENTRIES\tROLE\tFORM\tBAND\tTHRESHOLD\tENABLED")
	for _, b := range list {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%d\t%g\n", b.Name, b.Entries, b.Role, b.Form, b.Band, b.Threshold, b.EnabledRatio)
	}
	return w.Flush()
}

// bankSettings are the flags of create and set. Only flags that were given are
// sent, so that the server's defaults, and what was set before, stay.
type bankSettings struct {
	name, form, band, note string
	allow                  bool
	threshold              int
	filmQuery, filmStored  int
	filmBoth               bool
	ratio                  float64
}

func (s *bankSettings) register(f *pflag.FlagSet) {
	f.BoolVar(&s.allow, "allow", false, "the bank holds known-benign look-alikes, which speak against near matches")
	f.StringVar(&s.form, "form", "", "what a match is about: csam (`FORM`, the default), grooming, live_stream or sextortion")
	f.StringVar(&s.band, "band", "", "how soon a person should look at a match: observe, review (`BAND`, the default) or urgent")
	f.IntVar(&s.threshold, "threshold", defaultThreshold, "largest PDQ `DISTANCE` that matches, 0 to 64")
	film := bank.Defaults("")
	f.IntVar(&s.filmQuery, "film-query", film.FilmQuery, "least share of a film that came in that matches an entry, in `PERCENT`: finds what was cut from a known film")
	f.IntVar(&s.filmStored, "film-stored", film.FilmStored, "least share of an entry that matches a film that came in, in `PERCENT`: finds a film with a known one in it")
	f.BoolVar(&s.filmBoth, "film-both", film.FilmBoth, "both shares must be reached; otherwise one is enough, and 0 is not asked for")
	f.Float64Var(&s.ratio, "enabled-ratio", 1, "share of look-ups in which the bank takes part; 0 switches it off (`RATIO`)")
	f.StringVar(&s.note, "note", "", "what people should know about the bank (`TEXT`)")
}

func (s *bankSettings) body(f *pflag.FlagSet) map[string]any {
	body := map[string]any{}
	for flag, v := range map[string]any{"form": s.form, "band": s.band, "threshold": s.threshold, "note": s.note} {
		if f.Changed(flag) {
			body[flag] = v
		}
	}
	for flag, v := range map[string]any{"film-query": s.filmQuery, "film-stored": s.filmStored, "film-both": s.filmBoth} {
		if f.Changed(flag) {
			body[strings.ReplaceAll(flag, "-", "_")] = v
		}
	}
	if f.Changed("enabled-ratio") {
		body["enabled_ratio"] = s.ratio
	}
	if f.Changed("allow") {
		body["role"] = jaga.RoleMatch
		if s.allow {
			body["role"] = jaga.RoleAllow
		}
	}
	return body
}

func (a *app) bankCreateCmd() *cobra.Command {
	var s bankSettings
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Make an empty bank",
		Long: `Make an empty bank. A name has capital letters, digits and underscores, as in
Hasher-Matcher-Actioner. The data directory is made, too, when there is none.`,
		Example: "  jaga bank create KNOWN_MATERIAL\n  jaga bank create LOOK_ALIKES --allow",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			body := s.body(cmd.Flags())
			body["name"] = args[0]
			return a.with(cmd.Context(), true, func(c *client) error {
				var b api.Bank
				if err := c.call(cmd.Context(), http.MethodPost, "/v1/banks", body, &b); err != nil {
					return err
				}
				if a.json {
					return a.printJSON(b)
				}
				_, err := fmt.Fprintf(a.Out, "made the bank %s\n", b.Name)
				return err
			})
		},
	}
	s.register(cmd.Flags())
	return cmd
}

func (a *app) bankSetCmd() *cobra.Command {
	var s bankSettings
	cmd := &cobra.Command{
		Use:     "set NAME",
		Short:   "Change a bank's settings",
		Long:    "Change the settings that are given, and leave the others. What matches changes at once.",
		Example: "  jaga bank set KNOWN_MATERIAL --threshold 24\n  jaga bank set KNOWN_MATERIAL --enabled-ratio 0",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			body := s.body(cmd.Flags())
			if s.name != "" {
				body["name"] = s.name
			}
			if len(body) == 0 {
				return &usageError{errorf(jaga.CodeInvalid, "jaga bank set --help lists the settings", "nothing to change was given")}
			}
			return a.with(cmd.Context(), false, func(c *client) error {
				var b api.Bank
				if err := c.call(cmd.Context(), http.MethodPatch, bankPath(args[0]), body, &b); err != nil {
					return err
				}
				if a.json {
					return a.printJSON(b)
				}
				return a.printBanks([]api.Bank{b})
			})
		},
	}
	cmd.Flags().StringVar(&s.name, "rename", "", "the bank's new `NAME`")
	s.register(cmd.Flags())
	return cmd
}

func (a *app) bankDeleteCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "delete NAME",
		Short: "Take a bank out of use; it can be restored for a week",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), false, func(c *client) error {
				var d api.DeletedBank
				if err := c.call(cmd.Context(), http.MethodDelete, bankPath(args[0]), nil, &d); err != nil {
					return err
				}
				if a.json {
					return a.printJSON(d)
				}
				_, err := fmt.Fprintf(a.Out, "deleted; its entries match no more\nuntil %s it can be restored with: jaga bank restore %d\n",
					d.RestoreUntil.Local().Format("2006-01-02 15:04 MST"), d.ID)
				return err
			})
		},
	}
}

func (a *app) bankRestoreCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "restore NUMBER",
		Short: "Bring a deleted bank back by its number",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := strconv.ParseInt(args[0], 10, 64); err != nil {
				return &usageError{errorf(jaga.CodeInvalid, "jaga bank delete printed it", "%q is not the number of a bank", args[0])}
			}
			return a.with(cmd.Context(), false, func(c *client) error {
				var b api.Bank
				if err := c.call(cmd.Context(), http.MethodPost, "/v1/deleted-banks/"+args[0]+"/restore", nil, &b); err != nil {
					return err
				}
				if a.json {
					return a.printJSON(b)
				}
				return a.printBanks([]api.Bank{b})
			})
		},
	}
}

func (a *app) bankEntriesCmd() *cobra.Command {
	var after int64
	var limit int
	var state, typ string
	cmd := &cobra.Command{
		Use:   "entries NAME",
		Short: "List entries of a bank",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), false, func(c *client) error {
				var list api.EntryList
				path := query(bankPath(args[0], "entries"), "after", strconv.FormatInt(after, 10), "limit", strconv.Itoa(limit), "state", state, "type", typ)
				if err := c.call(cmd.Context(), http.MethodGet, path, nil, &list); err != nil {
					return err
				}
				if a.json {
					return a.printJSON(orEmpty(list.Entries))
				}
				w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
				fmt.Fprintln(w, "ENTRY\tADDED\tSTATE\tSOURCE\tTYPE\tHASH")
				for _, e := range list.Entries {
					for i, s := range e.Signals {
						id, at, st, src := strconv.FormatInt(e.ID, 10), e.CreatedAt.Local().Format(time.DateOnly), entryState(e), cmp.Or(e.Source, "-")
						if i > 0 {
							id, at, st, src = "", "", "", ""
						}
						fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", id, at, st, src, s.Type, s.Value)
					}
				}
				if err := w.Flush(); err != nil {
					return err
				}
				if n := len(list.Entries); n == limit {
					a.notef("there may be more; go on with --after %d", list.Entries[n-1].ID)
				}
				return nil
			})
		},
	}
	cmd.Flags().Int64Var(&after, "after", 0, "list entries with larger numbers than this `ENTRY`")
	cmd.Flags().IntVar(&limit, "limit", 50, "list at most this `NUMBER`, up to 1000")
	cmd.Flags().StringVar(&state, "state", "", "only entries of this `STATE`: quarantined or disabled")
	cmd.Flags().StringVar(&typ, "type", "", "only entries with a hash of this `TYPE`")
	return cmd
}

func entryState(e api.Entry) string {
	switch {
	case e.Quarantine != nil:
		return "quarantined"
	case !e.Enabled:
		return "off"
	}
	return "on"
}

func (a *app) bankRemoveCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME ENTRY...",
		Short: "Remove entries from a bank by their numbers",
		Long:  "Remove entries from a bank. They match no more at once. To switch an entry off\nfor a time, use the console or the API instead.",
		Args:  cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, e := range args[1:] {
				if _, err := strconv.ParseInt(e, 10, 64); err != nil {
					return &usageError{errorf(jaga.CodeInvalid, "jaga bank entries NAME lists them", "%q is not the number of an entry", e)}
				}
			}
			return a.with(cmd.Context(), false, func(c *client) error {
				for _, e := range args[1:] {
					if err := c.call(cmd.Context(), http.MethodDelete, bankPath(args[0], "entries", e), nil, nil); err != nil {
						return fmt.Errorf("remove entry %s: %w", e, err)
					}
					if !a.json {
						fmt.Fprintf(a.Out, "removed entry %s\n", e)
					}
				}
				if a.json {
					return a.printJSON(map[string]int{"removed": len(args) - 1})
				}
				return nil
			})
		},
	}
}
