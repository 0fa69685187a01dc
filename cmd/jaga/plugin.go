package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/plugin"
)

func (a *app) pluginCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plugin",
		Short: "Try whether a plugin keeps the contract",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.pluginTestCmd())
	return cmd
}

func (a *app) pluginTestCmd() *cobra.Command {
	var timeout time.Duration
	var tokenFile string
	var public bool
	cmd := &cobra.Command{
		Use:   "test URL",
		Short: "Ask a plugin everything that the contract asks of it",
		Long: `Ask a plugin everything that the contract asks of it, with harmless samples, and
say what is wrong. Whoever writes a plugin runs this; it needs no installation.
It ends with 1 when a check failed.`,
		Example: "  jaga plugin test http://127.0.0.1:9100",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			token := ""
			if tokenFile != "" {
				var err error
				if token, err = firstLine("--token-file", tokenFile); err != nil {
					return err
				}
			}
			checks, err := plugin.Conform(cmd.Context(), plugin.Config{URL: args[0], Timeout: timeout, Token: token, Public: public})
			if err != nil {
				return err
			}
			failed := 0
			for _, c := range checks {
				if !c.OK {
					failed++
				}
			}
			if a.json {
				type line struct {
					Check  string `json:"check"`
					OK     bool   `json:"ok"`
					Why    string `json:"why,omitempty"`
					Millis int64  `json:"milliseconds"`
				}
				var out []line
				for _, c := range checks {
					out = append(out, line{c.Name, c.OK, c.Why, c.Took.Milliseconds()})
				}
				if err := a.printJSON(out); err != nil {
					return err
				}
			} else {
				w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
				for _, c := range checks {
					word := "ok"
					if !c.OK {
						word = "WRONG"
					}
					fmt.Fprintf(w, "%s\t%s\t%d ms\t%s\n", word, c.Name, c.Took.Milliseconds(), c.Why)
				}
				if err := w.Flush(); err != nil {
					return err
				}
			}
			if failed > 0 {
				return errorf(jaga.CodeInvalid, "docs/plugins.md has the contract", "%d of %d checks failed", failed, len(checks))
			}
			return nil
		},
	}
	cmd.Flags().DurationVar(&timeout, "timeout", 5*time.Second, "how long one answer may take (`DURATION`)")
	cmd.Flags().StringVar(&tokenFile, "token-file", "", "a `FILE` whose first line is sent as a bearer token")
	cmd.Flags().BoolVar(&public, "public", false, "the plugin may be on the public internet, with https")
	return cmd
}
