package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/policy"
	"github.com/jaga-project/jaga/internal/web/api"
)

func (a *app) rulesCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "Write, try, approve and roll back the rules of policy",
		Long: `Rules say what should happen to a finding. A rule is a file in TOML with its
reason, its owner, a question in CEL and its own tests; docs/rules.md shows how
to write one. lint, test and try need no server; the others ask the one that
holds the data directory.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.rulesListCmd(), a.rulesShowCmd(), a.rulesLintCmd(), a.rulesTestCmd(), a.rulesTryCmd(), a.rulesSubmitCmd(), a.rulesPromoteCmd(),
		a.rulesApproveCmd(), a.rulesRollbackCmd(), a.rulesBacktestCmd(), a.rulesDiffCmd(), a.rulesExplainCmd())
	return cmd
}

// rulePathOf is the path of a rule, with what follows.
func rulePathOf(name string, rest ...string) string {
	return "/v1/rules/" + url.PathEscape(name) + strings.Join(append([]string{""}, rest...), "/")
}

// ruleAt reads NAME or NAME@VERSION; without a version it is 0.
func ruleAt(arg string) (name string, version int64, err error) {
	name, text, has := strings.Cut(arg, "@")
	if !has {
		return name, 0, nil
	}
	if version, err = strconv.ParseInt(text, 10, 64); err != nil || version < 1 {
		return "", 0, &usageError{errorf(jaga.CodeInvalid, "such as new-account-threat@2", "%q is not the number of a version", text)}
	}
	return name, version, nil
}

// completeRules completes names of rules, when a server can be asked.
func (a *app) completeRules(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	_ = a.with(cmd.Context(), false, func(c *client) error {
		var list api.RuleList
		err := c.call(cmd.Context(), http.MethodGet, "/v1/rules", nil, &list)
		for _, r := range list.Rules {
			names = append(names, r.Name+"\t"+string(r.State))
		}
		return err
	})
	return names, cobra.ShellCompDirectiveNoFileComp
}

func (a *app) rulesListCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List all rules, and the breakers that are open",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), false, func(c *client) error {
				var list api.RuleList
				if err := c.call(cmd.Context(), http.MethodGet, "/v1/rules", nil, &list); err != nil {
					return err
				}
				if a.json {
					return a.printJSON(list)
				}
				w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
				fmt.Fprintln(w, "NAME\tVERSION\tSTATE\tOWNER\tACTIONS\tWAITS FOR")
				for _, r := range list.Rules {
					waits := ""
					if r.Asked != "" {
						waits = "approval to be " + string(r.Asked)
					}
					fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\n", r.Name, r.Version, ruleState(r), r.Owner, actionWords(r.Actions), waits)
				}
				if err := w.Flush(); err != nil {
					return err
				}
				for _, b := range list.Breakers {
					fmt.Fprintf(a.Out, "breaker open: %s, since %s (%s: %d, at most %d)\n", b.What, b.OpenedAt.Local().Format(time.DateTime), b.Why, b.N, b.Most)
				}
				return nil
			})
		},
	}
}

func ruleState(r api.RuleVersion) string {
	if r.State == policy.Canary {
		return fmt.Sprintf("canary %g %%", 100*r.Share)
	}
	return string(r.State)
}

func actionWords(list []policy.Act) string {
	words := make([]string, len(list))
	for i, act := range list {
		words[i] = string(act)
	}
	return strings.Join(words, " ")
}

func (a *app) rulesShowCmd() *cobra.Command {
	return &cobra.Command{
		Use:               "show NAME[@VERSION]",
		Short:             "Print the file of a rule, and its versions on standard error",
		Example:           "  jaga rules show jaga-review-opens-a-case > rule.toml",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeRules,
		RunE: func(cmd *cobra.Command, args []string) error {
			name, version, err := ruleAt(args[0])
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), false, func(c *client) error {
				var d api.RuleDetail
				if err := c.call(cmd.Context(), http.MethodGet, rulePathOf(name), nil, &d); err != nil {
					return err
				}
				if a.json {
					return a.printJSON(d)
				}
				shown := false
				for _, v := range d.Versions {
					a.notef("version %d is %s, by %s, of %s", v.Version, ruleState(v), v.Author, v.CreatedAt.Local().Format(time.DateTime))
					if !shown && (version == 0 || version == v.Version) {
						shown = true
						fmt.Fprint(a.Out, v.Source)
					}
				}
				if !shown {
					return errorf(jaga.CodeNotFound, "", "%s has no version %d", name, version)
				}
				return nil
			})
		},
	}
}

// readRule reads a file, or standard input for "-".
func (a *app) readRule(file string) ([]byte, error) {
	if file == "-" {
		return readAll(a.In)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, errorf(jaga.CodeNotFound, "", "read rule: %w", err)
	}
	defer f.Close()
	return readAll(f)
}

func readAll(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, policy.MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read rule: %w", err)
	}
	return data, nil
}

func (a *app) rulesLintCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "lint FILE…",
		Short:   "Check files of rules without running their tests",
		Example: "  jaga rules lint rules/*.toml",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			type result struct {
				File  string `json:"file"`
				Rule  string `json:"rule,omitempty"`
				Cost  uint64 `json:"cost,omitempty"`
				Wrong string `json:"wrong,omitempty"`
			}
			wrong, out := 0, []result{}
			for _, file := range args {
				r := result{File: file}
				c, err := a.lint(file)
				if err != nil {
					wrong++
					r.Wrong = err.Error()
					if hint := hintOf(err); hint != "" && !a.json {
						r.Wrong += " (" + hint + ")"
					}
				} else {
					r.Rule, r.Cost = c.Name, c.Cost
				}
				out = append(out, r)
				if a.json {
					continue
				}
				if r.Wrong != "" {
					fmt.Fprintf(a.Out, "%s: %s\n", file, r.Wrong)
				} else {
					fmt.Fprintf(a.Out, "%s: %s can cost %d of %d\n", file, r.Rule, r.Cost, policy.MaxCost)
				}
			}
			if a.json {
				if err := a.printJSON(out); err != nil {
					return err
				}
			}
			if wrong > 0 {
				return statusError(exitError)
			}
			return nil
		},
	}
}

func (a *app) lint(file string) (*policy.Compiled, error) {
	data, err := a.readRule(file)
	if err != nil {
		return nil, err
	}
	r, err := policy.ParseRule(data)
	if err != nil {
		return nil, err
	}
	return policy.Lint(r)
}

func (a *app) rulesTestCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "test FILE…",
		Short:   "Run the tests that rules carry",
		Example: "  jaga rules test rules/*.toml",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			failed, all := 0, map[string][]policy.TestOutcome{}
			for _, file := range args {
				c, err := a.lint(file)
				if err != nil {
					return errorf(jaga.CodeOf(err), hintOf(err), "%s: %w", file, err)
				}
				all[file] = c.Test()
				bad := 0
				for _, o := range all[file] {
					if o.OK {
						continue
					}
					bad++
					if !a.json {
						fmt.Fprintf(a.Out, "%s: %s\n\texpected %q, but it %s\n", file, o.Name, o.Expect, o.Said())
					}
				}
				failed += bad
				if !a.json {
					fmt.Fprintf(a.Out, "%s: %d of %d tests passed\n", file, len(all[file])-bad, len(all[file]))
				}
			}
			if a.json {
				if err := a.printJSON(all); err != nil {
					return err
				}
			}
			if failed > 0 {
				return statusError(exitError)
			}
			return nil
		},
	}
}

func (a *app) rulesTryCmd() *cobra.Command {
	var facts string
	cmd := &cobra.Command{
		Use:   "try FILE",
		Short: "Ask a rule about facts, and see which parts are true",
		Long: `Ask a rule about facts in JSON and print which parts of its question are true,
with their values. A fact that is left out is unknown.

Exit status: 0 it does not fire, 2 it fires, 3 it could not be decided.`,
		Example: `  echo '{"band":"review"}' | jaga rules try rule.toml --facts -`,
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := a.lint(args[0])
			if err != nil {
				return err
			}
			data, err := a.readRule(facts)
			if err != nil {
				return err
			}
			f, err := policy.ParseFacts(data)
			if err != nil {
				return err
			}
			v, parts := c.Explain(&f)
			if a.json {
				if err := a.printJSON(map[string]any{"verdict": v, "because": orEmpty(parts)}); err != nil {
					return err
				}
			} else {
				a.printVerdict(v, parts)
			}
			switch v.Answer {
			case policy.Fires:
				return statusError(exitFindings)
			case policy.Undecided:
				return statusError(exitNotChecked)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&facts, "facts", "-", "`FILE` with the facts in JSON; - is standard input")
	return cmd
}

func (a *app) printVerdict(v policy.Verdict, parts []policy.Part) {
	switch {
	case v.Fault != "":
		fmt.Fprintf(a.Out, "could not be decided: %s\n", v.Fault)
	case v.Answer == policy.Undecided:
		fmt.Fprintf(a.Out, "could not be decided: needs %s\n", strings.Join(v.Needs, ", "))
	default:
		fmt.Fprintln(a.Out, v.Answer)
	}
	for _, p := range parts {
		fmt.Fprintf(a.Out, "%s%-12s %s\n", strings.Repeat("  ", p.Depth+1), p.Value, strings.Join(strings.Fields(p.Text), " "))
	}
}

func (a *app) rulesSubmitCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "submit FILE",
		Short: "Save a rule as a new version, a draft",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := a.readRule(args[0])
			if err != nil {
				return err
			}
			return a.ruleAct(cmd.Context(), "/v1/rules", map[string]any{"source": string(data)}, "")
		},
	}
}

// ruleAct posts a change and says how the version stands then. signIn is the
// link of the person who does it, or empty for whoever runs the command.
func (a *app) ruleAct(ctx context.Context, path string, body any, signIn string) error {
	return a.with(ctx, false, func(c *client) error {
		if signIn != "" {
			leave, err := c.signIn(ctx, signIn)
			if err != nil {
				return err
			}
			defer leave()
		}
		var v api.RuleVersion
		if err := c.call(ctx, http.MethodPost, path, body, &v); err != nil {
			return err
		}
		if a.json {
			return a.printJSON(v)
		}
		text := fmt.Sprintf("%s version %d is %s", v.Name, v.Version, ruleState(v))
		if v.Asked != "" {
			text += fmt.Sprintf("; a second person must approve that it becomes %s", v.Asked)
		}
		_, err := fmt.Fprintln(a.Out, text)
		return err
	})
}

func (a *app) rulesPromoteCmd() *cobra.Command {
	var to string
	var share float64
	cmd := &cobra.Command{
		Use:   "promote NAME[@VERSION]",
		Short: "Move a version on: shadow, canary, active, retired",
		Long: `Move a version on, the newest unless one is named. In shadow it is evaluated and
counted, and does nothing. As canary it acts for a share of the accounts. Canary
and active wait until a second person approves.`,
		Example:           "  jaga rules promote new-account-threat --to shadow\n  jaga rules promote new-account-threat --to canary --percent 5",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeRules,
		RunE: func(cmd *cobra.Command, args []string) error {
			name, version, err := ruleAt(args[0])
			if err != nil {
				return err
			}
			return a.ruleAct(cmd.Context(), rulePathOf(name, "promote"), map[string]any{"version": version, "to": to, "share": share / 100}, "")
		},
	}
	cmd.Flags().StringVar(&to, "to", "shadow", "the next `STATE`: shadow, canary, active or retired")
	cmd.Flags().Float64Var(&share, "percent", 0, "of a canary: the `SHARE` of accounts in per cent")
	_ = cmd.RegisterFlagCompletionFunc("to", cobra.FixedCompletions([]string{"shadow", "canary", "active", "retired"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (a *app) rulesApproveCmd() *cobra.Command {
	var signIn, decline string
	cmd := &cobra.Command{
		Use:   "approve NAME[@VERSION] --sign-in LINK",
		Short: "Approve the step that was asked for, as a second person",
		Long: `Approve the step that was asked for. It takes a person who is neither the one
who wrote the rule, nor answers for it, nor asked. --sign-in takes the sign-in
link of that person; it is used up. Approving on the page of the rule does the
same.`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeRules,
		RunE: func(cmd *cobra.Command, args []string) error {
			name, version, err := ruleAt(args[0])
			if err != nil {
				return err
			}
			if decline != "" {
				return a.ruleAct(cmd.Context(), rulePathOf(name, "decline"), map[string]any{"version": version, "reason": decline}, signIn)
			}
			return a.ruleAct(cmd.Context(), rulePathOf(name, "approve"), map[string]any{"version": version}, signIn)
		},
	}
	cmd.Flags().StringVar(&signIn, "sign-in", "", "a sign-in `LINK` of the person who approves")
	cmd.Flags().StringVar(&decline, "decline", "", "do not approve, for this `REASON`")
	return cmd
}

func (a *app) rulesRollbackCmd() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:               "rollback NAME --reason TEXT",
		Short:             "Take the last step back at once: the canary, or the active version",
		Example:           `  jaga rules rollback new-account-threat --reason "it held accounts of a school"`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeRules,
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(reason) == "" {
				return &usageError{errorf(jaga.CodeInvalid, "", "--reason says why")}
			}
			return a.ruleAct(cmd.Context(), rulePathOf(args[0], "rollback"), map[string]any{"reason": reason}, "")
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, in a `TEXT` for the others")
	return cmd
}

// newestVersion returns the version to ask about: the one that was named, or the
// newest.
func newestVersion(ctx context.Context, c *client, name string, version int64) (int64, error) {
	if version != 0 {
		return version, nil
	}
	var d api.RuleDetail
	if err := c.call(ctx, http.MethodGet, rulePathOf(name), nil, &d); err != nil {
		return 0, err
	}
	return d.Versions[0].Version, nil
}

func (a *app) rulesExplainCmd() *cobra.Command {
	return &cobra.Command{
		Use:               "explain NAME[@VERSION] ID",
		Short:             "Say what a rule answers about an item or finding that is stored, and why",
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: a.completeRules,
		RunE: func(cmd *cobra.Command, args []string) error {
			name, version, err := ruleAt(args[0])
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), false, func(c *client) error {
				at := ""
				if version != 0 {
					at = strconv.FormatInt(version, 10)
				}
				var out api.RuleAnswers
				if err := c.call(cmd.Context(), http.MethodGet, query(rulePathOf(name, "explain"), "id", args[1], "version", at), nil, &out); err != nil {
					return err
				}
				if a.json {
					return a.printJSON(out)
				}
				for _, e := range out.Answers {
					fmt.Fprintf(a.Out, "%s, band %s: ", cmp.Or(e.Form, "no finding"), e.Band)
					parts := make([]policy.Part, len(e.Because))
					for i, p := range e.Because {
						parts[i] = policy.Part(p)
					}
					a.printVerdict(policy.Verdict{Answer: e.Answer, Needs: e.Needs, Fault: e.Fault}, parts)
				}
				return nil
			})
		},
	}
}
