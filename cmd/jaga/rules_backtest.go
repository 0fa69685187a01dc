package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/web/api"
)

func (a *app) rulesBacktestCmd() *cobra.Command {
	var days int
	cmd := &cobra.Command{
		Use:   "backtest NAME[@VERSION]",
		Short: "Ask a version about everything that is stored",
		Long: `Ask a version, the newest unless one is named, about the items and findings that
are stored, and say how often it would have fired. It runs as a job of the
server; this command waits for it. Ctrl-C stops waiting, not the job.`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeRules,
		RunE: func(cmd *cobra.Command, args []string) error {
			name, version, err := ruleAt(args[0])
			if err != nil {
				return err
			}
			return a.backtest(cmd.Context(), name, 0, version, days)
		},
	}
	cmd.Flags().IntVar(&days, "days", 30, "how many `DAYS` to look back")
	return cmd
}

func (a *app) rulesDiffCmd() *cobra.Command {
	var days int
	cmd := &cobra.Command{
		Use:               "diff NAME BEFORE AFTER",
		Short:             "Say what changes between two versions, on what is stored",
		Example:           "  jaga rules diff new-account-threat 1 2 --days 90",
		Args:              cobra.ExactArgs(3),
		ValidArgsFunction: a.completeRules,
		RunE: func(cmd *cobra.Command, args []string) error {
			var versions [2]int64
			for i, text := range args[1:] {
				n, err := strconv.ParseInt(text, 10, 64)
				if err != nil || n < 1 {
					return &usageError{errorf(jaga.CodeInvalid, "jaga rules show lists them", "%q is not the number of a version", text)}
				}
				versions[i] = n
			}
			return a.backtest(cmd.Context(), args[0], versions[0], versions[1], days)
		},
	}
	cmd.Flags().IntVar(&days, "days", 30, "how many `DAYS` to look back")
	return cmd
}

// backtest starts a back-test, waits for it and prints what it found.
func (a *app) backtest(ctx context.Context, name string, before, after int64, days int) error {
	return a.with(ctx, false, func(c *client) error {
		after, err := newestVersion(ctx, c, name, after)
		if err != nil {
			return err
		}
		var b api.RuleBacktest
		if err := c.call(ctx, http.MethodPost, rulePathOf(name, "backtests"), map[string]any{"before": before, "after": after, "days": days}, &b); err != nil {
			return err
		}
		for b.FinishedAt == nil {
			if c.work != nil {
				c.work(ctx) // no server does the job; this process does
			} else {
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(300 * time.Millisecond):
				}
			}
			if err := c.call(ctx, http.MethodGet, rulePathOf(name, "backtests", strconv.FormatInt(b.ID, 10)), nil, &b); err != nil {
				return err
			}
		}
		if b.Found == nil {
			return errorf(jaga.CodeInternal, "", "back-test %d: %s", b.ID, b.Fault)
		}
		if a.json {
			return a.printJSON(b)
		}
		a.printBacktest(b)
		return nil
	})
}

func (a *app) printBacktest(b api.RuleBacktest) {
	f := b.Found
	fmt.Fprintf(a.Out, "looked at %d since %s\n", f.Looked, b.Since.Local().Format(time.DateOnly))
	fmt.Fprintf(a.Out, "version %d fires for %d of them and could not be decided for %d\n", b.After, f.FiredAfter, f.UndecidedAfter)
	if b.Before != 0 {
		fmt.Fprintf(a.Out, "version %d fires for %d of them and could not be decided for %d\n", b.Before, f.FiredBefore, f.UndecidedBefore)
		fmt.Fprintf(a.Out, "newly fired %d, no longer fired %d\n", f.NewlyFired, f.NoLongerFired)
	}
	if f.Unread > 0 {
		fmt.Fprintf(a.Out, "%d stored outcomes could not be read and were not looked at\n", f.Unread)
	}
	var needs []string
	for _, fact := range slices.Sorted(maps.Keys(f.Needs)) {
		needs = append(needs, fmt.Sprintf("%s (%d)", fact, f.Needs[fact]))
	}
	if len(needs) > 0 {
		fmt.Fprintf(a.Out, "missing facts: %s\n", strings.Join(needs, ", "))
	}
	for _, list := range []struct {
		sign string
		rows []api.RuleExample
	}{{"+", f.Newly}, {"-", f.Gone}} {
		for _, e := range list.rows {
			fmt.Fprintf(a.Out, "%s %s %s %s %s\n", list.sign, e.ID, e.At.Local().Format(time.DateTime), e.Band, e.Form)
		}
	}
}
