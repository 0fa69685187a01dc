package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/convo/pack"
	"github.com/jaga-project/jaga/convo/packs"
	"github.com/jaga-project/jaga/convo/script"
)

func (a *app) packsCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "packs",
		Short: "Look into indicator packs, and test them",
		Long: `Look into indicator packs: the files that tell which words make a warning sign
visible in one language. Without FILE, the packs that come with Jaga are meant.
docs/packs.md describes the format.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.packsListCmd(), a.packsTestCmd(), a.packsLintCmd(), a.packsExplainCmd())
	return cmd
}

// packsOf returns the packs in the files, or the core packs.
func packsOf(files []string) ([]*pack.Pack, error) {
	if len(files) == 0 {
		return packs.Core()
	}
	return loadPacks(files)
}

// packListed is what packs list tells of a pack.
type packListed struct {
	Name       string         `json:"name"`
	Version    int            `json:"version"`
	Language   string         `json:"language"`
	Title      string         `json:"title"`
	Rules      int            `json:"rules"`
	Tests      int            `json:"tests"`
	Indicators []indicator.ID `json:"indicators"`
	Digest     string         `json:"sha256"`
}

func listed(p *pack.Pack) packListed {
	out := packListed{Name: p.Name, Version: p.Version, Language: p.Language, Title: p.Title, Rules: len(p.Rules), Tests: ownTests(p), Digest: p.Digest, Indicators: []indicator.ID{}}
	for i := range p.Rules {
		if r := &p.Rules[i]; r.Kind == pack.RuleIndicator && !slices.Contains(out.Indicators, r.Indicator) {
			out.Indicators = append(out.Indicators, r.Indicator)
		}
	}
	slices.SortFunc(out.Indicators, func(x, y indicator.ID) int { return cmp.Compare(indicator.Index(x), indicator.Index(y)) })
	return out
}

// ownTests counts the messages in a pack that must, or must not, be found.
func ownTests(p *pack.Pack) int {
	n := 0
	for i := range p.Rules {
		n += len(p.Rules[i].Yes) + len(p.Rules[i].No)
	}
	return n
}

func (a *app) packsListCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "list [FILE...]",
		Short: "List packs and the indicators they make visible",
		RunE: func(_ *cobra.Command, args []string) error {
			all, err := packsOf(args)
			if err != nil {
				return err
			}
			list := make([]packListed, 0, len(all))
			for _, p := range all {
				list = append(list, listed(p))
			}
			if a.json {
				return a.printJSON(list)
			}
			w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "PACK\tLANGUAGE\tRULES\tTESTS\tINDICATORS\tTITLE")
			for _, p := range list {
				fmt.Fprintf(w, "%s/%d\t%s\t%d\t%d\t%d of %d\t%s\n", p.Name, p.Version, p.Language, p.Rules, p.Tests, len(p.Indicators), indicator.Count, printable(p.Title))
			}
			return w.Flush()
		},
	}
}

// packTested is the outcome of one file of tests.
type packTested struct {
	File   string   `json:"file"`
	Tests  int      `json:"tests"`
	Failed int      `json:"failed"`
	Why    []string `json:"why"`
}

func (a *app) packsTestCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "test [FILE...]",
		Short: "Run the tests in packs, and the conversations beside them",
		Long: `Run the tests that packs carry, and those in files that end in .conv: the ones
in the folder of a pack, and the ones that are named. docs/test-language.md
describes them. They are played to the packs that come with Jaga together with
the packs that are named.

Exit status: 0 all tests passed; 1 a test failed, or a file could not be read.`,
		Example: "  jaga packs test\n  jaga packs test our.pack",
		RunE: func(_ *cobra.Command, args []string) error {
			files, convs := splitConv(args)
			var all []*pack.Pack
			if len(files) > 0 || len(args) == 0 {
				var err error
				if all, err = packsOf(files); err != nil {
					return err
				}
			}
			results := []packTested{}
			for _, p := range all {
				r := packTested{File: p.String(), Tests: ownTests(p), Why: []string{}}
				for _, problem := range pack.Check(p) {
					r.fail(problem.String())
				}
				results = append(results, r)
			}
			convs, err := beside(files, convs)
			if err != nil {
				return err
			}
			if len(convs) > 0 && !slices.ContainsFunc(results, func(r packTested) bool { return r.Failed > 0 }) {
				played, err := playConv(files, convs)
				if err != nil {
					return err
				}
				results = append(results, played...)
			}
			return a.printTested(results)
		},
	}
}

func (r *packTested) fail(why string) {
	r.Failed++
	r.Why = append(r.Why, why)
}

// splitConv tells packs from files of conversations, by the ends of their
// names.
func splitConv(args []string) (files, convs []string) {
	for _, name := range args {
		if filepath.Ext(name) == ".conv" {
			convs = append(convs, name)
		} else {
			files = append(files, name)
		}
	}
	return files, convs
}

// beside adds the .conv files in the folders of the packs, each once.
func beside(files, convs []string) ([]string, error) {
	for _, name := range files {
		found, err := filepath.Glob(filepath.Join(globEscape(filepath.Dir(name)), "*.conv"))
		if err != nil {
			return nil, fmt.Errorf("look for tests: %w", err)
		}
		for _, f := range found {
			if !slices.Contains(convs, f) {
				convs = append(convs, f)
			}
		}
	}
	return convs, nil
}

// globEscape takes the meaning of a pattern from a folder's name.
func globEscape(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

// playConv runs files of conversations with the core packs and the files'.
func playConv(files, convs []string) ([]packTested, error) {
	d, err := newDetector(files)
	if err != nil {
		return nil, err
	}
	var out []packTested
	for _, name := range convs {
		data, err := readSmall(name, script.MaxSize)
		if err != nil {
			return nil, err
		}
		r := packTested{File: printable(name), Why: []string{}}
		tests, err := script.Parse(printable(name), data)
		if err != nil {
			return nil, errorf(jaga.CodeInvalid, "docs/test-language.md describes the language", "%w", err)
		}
		for _, t := range tests {
			r.Tests++
			failures := t.Run(d)
			if len(failures) > 0 {
				r.Failed++
			}
			for _, f := range failures {
				r.Why = append(r.Why, f.String())
			}
		}
		out = append(out, r)
	}
	return out, nil
}

func (a *app) printTested(results []packTested) error {
	failed := false
	for _, r := range results {
		failed = failed || r.Failed > 0
	}
	if a.json {
		if err := a.printJSON(results); err != nil {
			return err
		}
	} else {
		for _, r := range results {
			for _, why := range r.Why {
				fmt.Fprintln(a.Out, why)
			}
		}
		for _, r := range results {
			what := fmt.Sprintf("%d tests passed", r.Tests)
			switch {
			case r.Failed > 0:
				what = fmt.Sprintf("%d of %d tests failed", r.Failed, r.Tests)
			case r.Tests == 1:
				what = "1 test passed"
			}
			if _, err := fmt.Fprintf(a.Out, "%s: %s\n", r.File, what); err != nil {
				return fmt.Errorf("write result: %w", err)
			}
		}
	}
	if failed {
		return statusError(exitError)
	}
	return nil
}

func (a *app) packsLintCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "lint [FILE...]",
		Short: "Say what is wrong with packs, and what could be better",
		Long: `Say what is wrong with packs: what keeps one from being used, and advice, such as
a rule without a look-alike or a class that is used nowhere.

Exit status: 0 nothing but advice; 1 a pack must not be used.`,
		RunE: func(_ *cobra.Command, args []string) error {
			all, err := packsOf(args)
			if err != nil {
				return err
			}
			problems := []pack.Problem{}
			fatal := 0
			for _, p := range all {
				for _, problem := range pack.Lint(p) {
					problems = append(problems, problem)
					if problem.Fatal {
						fatal++
					}
				}
			}
			if a.json {
				if err := a.printJSON(problems); err != nil {
					return err
				}
			} else if err := a.printLint(problems, fatal); err != nil {
				return err
			}
			if fatal > 0 {
				return statusError(exitError)
			}
			return nil
		},
	}
}

func (a *app) printLint(problems []pack.Problem, fatal int) error {
	for _, p := range problems {
		kind := "advice"
		if p.Fatal {
			kind = "wrong"
		}
		fmt.Fprintf(a.Out, "%s:%d: %s: %s\n", p.File, p.Line, kind, p.What)
	}
	if _, err := fmt.Fprintf(a.Out, "%d wrong, %d advice\n", fatal, len(problems)-fatal); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

// kindError is the error of a flag that names no kind of person.
func kindError(flag, word string) error {
	if kindOfPerson(word) {
		return nil
	}
	return &usageError{fmt.Errorf("--%s %q is not adult, minor or unknown", flag, word)}
}

func (a *app) packsExplainCmd() *cobra.Command {
	var speaker, target, lang string
	var files []string
	cmd := &cobra.Command{
		Use:   "explain TEXT",
		Short: "Show how the words of one message are read",
		Long: `Show how one message is read: its words with the forms they are compared in, what
of the spelling was folded away, and each rule of a pack that was found with
the place, the way it was read, and its weight in log-odds. The text - reads
standard input.`,
		Example: "  jaga packs explain --target minor \"Don't tell your mum.\"",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := errors.Join(kindError("speaker", speaker), kindError("target", target)); err != nil {
				return err
			}
			if lang == "" {
				lang = a.language()
			} else if lang != "en" && lang != "id" {
				return &usageError{fmt.Errorf("--lang %q is not en or id", lang)}
			}
			message, err := a.textArg(args[0])
			if err != nil {
				return err
			}
			d, err := newDetector(files)
			if err != nil {
				return err
			}
			m, err := pack.Compile(d.Packs()...)
			if err != nil {
				return err
			}
			e := explainMessage(m, message, speaker, target, lang)
			if a.json {
				return a.printJSON(e)
			}
			return e.print(a.Out)
		},
	}
	cmd.Flags().StringVar(&speaker, "speaker", "unknown", "`KIND` of person who writes: adult, minor or unknown")
	cmd.Flags().StringVar(&target, "target", "unknown", "`KIND` of person who is written to: adult, minor or unknown")
	cmd.Flags().StringVar(&lang, "lang", "", "`LANGUAGE` of the explanations: en or id (default from $LANG)")
	cmd.Flags().StringArrayVar(&files, "pack", nil, "also look for what the indicator pack in this `FILE` describes; can be given again")
	return cmd
}

// explained is how one message is read.
type explained struct {
	Tokens []explainedToken `json:"tokens"`
	Folded map[string]int   `json:"folded"` // what of the spelling, how often
	Frames []string         `json:"frames"` // signs that the message is about warning signs
	Hits   []explainedHit   `json:"hits"`
	Cut    bool             `json:"cut,omitempty"` // not read in full
}

type explainedToken struct {
	Text     string   `json:"text"`
	Kind     string   `json:"kind"`
	Forms    []string `json:"forms"`
	Sentence int32    `json:"sentence"`
	Quoted   bool     `json:"quoted,omitempty"`
	Evaded   bool     `json:"evaded,omitempty"`
	Value    float64  `json:"value,omitempty"`
	Unit     string   `json:"unit,omitempty"`
}

type explainedHit struct {
	Pack    string    `json:"pack"`
	Rule    string    `json:"rule"` // an indicator, or the name of a fact or frame
	Text    string    `json:"text"`
	Span    [2]int    `json:"span"`
	View    pack.View `json:"view"`
	Weight  float64   `json:"weight,omitempty"` // in log-odds, of an indicator
	Quoted  bool      `json:"quoted,omitempty"`
	Age     float64   `json:"age,omitempty"`
	Explain string    `json:"explain,omitempty"`
}

func explainMessage(m *pack.Matcher, message, speaker, target, lang string) explained {
	var s pack.Scan
	m.Scan(&s, message, pack.ParseWho(speaker), pack.ParseWho(target))
	t := &s.Text
	e := explained{Tokens: []explainedToken{}, Folded: map[string]int{}, Frames: []string{}, Hits: []explainedHit{}, Cut: s.Cut}
	for i, k := range t.Tokens {
		forms := make([]string, 0, t.Forms(i))
		for n := range t.Forms(i) {
			forms = append(forms, string(t.Form(i, n)))
		}
		e.Tokens = append(e.Tokens, explainedToken{t.Raw[k.Start:k.End], k.Kind.String(), forms, k.Sentence, k.Quoted, k.Evaded, k.Value, k.Unit})
	}
	for name, n := range map[string]int{
		"invisible": t.Marks.ZeroWidth, "direction": t.Marks.Bidi, "look-alike": t.Marks.Confusable,
		"leet": t.Marks.Leet, "spaced": t.Marks.Spaced, "repeats": t.Marks.Repeats, "invalid": t.Marks.Invalid,
	} {
		if n > 0 {
			e.Folded[name] = n
		}
	}
	for _, name := range []string{"lesson", "quote", "roleplay", "news"} {
		if s.Frames&pack.FrameBit(name) != 0 {
			e.Frames = append(e.Frames, name)
		}
	}
	for _, h := range s.Hits {
		x := explainedHit{Pack: h.Pack.String(), Rule: h.Rule.Name, Text: message[h.Start:h.End], Span: [2]int{h.Start, h.End}, View: h.View, Quoted: h.Quoted, Age: h.Age}
		if h.Rule.Kind == pack.RuleIndicator {
			x.Rule, x.Weight = string(h.Rule.Indicator), h.Rule.Weight
			x.Explain = cmp.Or(h.Rule.Explain.In(lang), convo.Explain(h.Rule.Indicator, lang))
		}
		e.Hits = append(e.Hits, x)
	}
	return e
}
