package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
)

// Streams are what a command reads and writes.
type Streams struct {
	In  io.Reader
	Out io.Writer // results only
	Err io.Writer // everything else
}

// app is what the commands share for one run of the program.
type app struct {
	Streams
	environ []string

	// Flags of every command.
	dataDir    string
	configFile string
	json       bool
	quiet      bool

	cfg     Config
	started bool // the command line was understood
}

// Main runs the command line args, without the program's name, in the
// environment environ ("NAME=value") and returns the exit status. It keeps no
// state, so tests run it many times in one process.
func Main(ctx context.Context, args []string, s Streams, environ []string) int {
	a := &app{Streams: s, environ: environ}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !a.started {
		err = &usageError{wrongNumber(cmd, err)}
	}
	return a.finish(err)
}

// wrongNumber says what a command is followed by, where the library only counts.
func wrongNumber(cmd *cobra.Command, err error) error {
	_, needs, _ := strings.Cut(cmd.Use, " ")
	if needs == "" || !strings.HasPrefix(err.Error(), "accepts ") && !strings.HasPrefix(err.Error(), "requires ") {
		return err
	}
	hint := cmd.CommandPath() + " --help shows examples"
	if first, _, _ := strings.Cut(strings.TrimSpace(cmd.Example), "\n"); first != "" {
		hint = "such as: " + first
	}
	return errorf(jaga.CodeInvalid, hint, "%s is followed by %s; given: %d", strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" "), needs, len(cmd.Flags().Args()))
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "jaga",
		Short: "Find known child sexual abuse material, help people act on it",
		Long: `Jaga compares pictures with lists of known child sexual abuse material by
their hashes, reads conversations for signs of grooming and sexual extortion,
shows people what was found and why, and keeps a record of what they decided.
It looks at what you give it and at nothing else, and it sends nothing anywhere
unless you set that up.

Exit status: 0 done and, where something was checked, nothing was found;
1 error; 2 something was found; 3 nothing was found, but something was not
checked; 64 the command line is wrong.`,
		Version:       readVersion().Version,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          knownCommand,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			a.started = true
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.dataDir, "data", "", "data directory (`DIR`; default $JAGA_DATA or ./jaga-data)")
	flags.StringVar(&a.configFile, "config", "", "configuration `FILE` (default $JAGA_CONFIG or DIR/jaga.toml)")
	flags.BoolVar(&a.json, "json", false, "print results, and errors, as JSON")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "show no progress")

	root.AddCommand(
		a.serveCmd(), a.initCmd(), a.bankCmd(), a.keyCmd(), a.signInCmd(), a.statusCmd(), a.demoCmd(), a.verifyCmd(),
		a.scanCmd(), a.liveCmd(), a.checkCmd(), a.packsCmd(), a.evalCmd(), a.hashCmd(), a.matchCmd(), a.doctorCmd(), a.versionCmd(),
		a.docsCmd(), a.trainCmd(), a.guideCmd(),
		a.vaultCmd(),
		a.lawCmd(),
		a.peopleCmd(),
		a.hooksCmd(), a.pluginCmd(),
		a.rulesCmd(),
		a.custodyCmd(),
	)
	return root
}

// knownCommand refuses what is no command, and names the nearest one.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = fmt.Sprintf("did you mean jaga %s?", near[0])
	}
	return errorf(jaga.CodeInvalid, hint, "there is no command %q", args[0])
}

// orEmpty makes a list that is never null in JSON.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// load reads the configuration; commands that need none do not call it, so
// that they work beside a broken file.
func (a *app) load() error {
	cfg, err := LoadConfig(a.configFile, a.dataDir, a.environ)
	if err != nil {
		return err
	}
	a.cfg = cfg
	return nil
}

// printJSON writes one value as one indented JSON document.
func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.Out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

// notef tells the person something that is no result.
func (a *app) notef(format string, args ...any) {
	fmt.Fprintf(a.Err, "jaga: "+format+"\n", args...)
}

// errorf is jaga.Errorf with a hint.
func errorf(code jaga.Code, hint, format string, args ...any) error {
	e := jaga.Errorf(code, format, args...)
	e.Hint = hint
	return e
}
