package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo/eval"
)

// unmeasuredRecall stands above every result of jaga eval.
const unmeasuredRecall = "Recall on real offending is unmeasured, unless the labelled data are real offending."

// evalFlags are the flags that every kind of measuring has.
type evalFlags struct {
	packs  []string
	html   string
	strict bool
}

func (f *evalFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.packs, "pack", nil, "also use this pack `FILE`; may be given more than once")
	f.addReport(cmd)
}

func (f *evalFlags) addReport(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.html, "html", "", "also write the report with its plots to this `FILE`")
	flags.BoolVar(&f.strict, "strict", false, "refuse a file at its first malformed line")
}

func (a *app) evalCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "eval",
		Short: "Measure how well conversations are read, on labelled data",
		Args:  knownEval,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.evalItemsCmd(), a.evalConversationsCmd(), a.evalGroupsCmd(), a.evalPAN12Cmd(), a.evalPANCCmd())
	return cmd
}

func knownEval(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return &usageError{fmt.Errorf("there is nothing to measure called %q: items, conversations, labeled-groups, pan12 or panc", args[0])}
}

// evalLong is what the help of every kind of measuring ends with.
const evalLong = `

Only counts and shares come out, with 95 % intervals: no text, and nobody's
name. ` + unmeasuredRecall + `

Exit status: 3 when something could not be read or answered, which is named and
in no share; 1 when nothing could be measured.`

// evalOutcome is what every result has.
type evalOutcome struct {
	Detector string       `json:"detector"`
	LeftOut  eval.Skipped `json:"left_out"` // malformed lines, which are in no share
}

// deliver prints a result, as JSON or as a sheet, and writes the page.
func (a *app) deliver(f evalFlags, result any, s *sheet, leftOut eval.Skipped, complete bool) error {
	if f.html != "" {
		if err := os.WriteFile(f.html, s.page(), 0o644); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	var err error
	if a.json {
		err = a.printJSON(result)
	} else {
		err = s.print(a.Out)
	}
	if err != nil {
		return err
	}
	a.noteLeftOut(leftOut)
	if leftOut.Count > 0 || !complete {
		return statusError(exitNotChecked)
	}
	return nil
}

// merge adds what was left out of one file to that of others.
func merge(all *eval.Skipped, s eval.Skipped) {
	all.Count += s.Count
	all.First = append(all.First, s.First...)
}

// input is a file that is read with progress shown, and given up when the
// context ends.
type input struct {
	io.Reader
	close func() error
	size  int64
	done  atomic.Int64
	ctx   context.Context
}

// openInput opens a file, or standard input for "-".
func (a *app) openInput(ctx context.Context, name string) (*input, error) {
	in := &input{Reader: a.In, close: func() error { return nil }, ctx: ctx}
	if name != "-" {
		f, err := openRegular(name)
		if err != nil {
			return nil, err
		}
		if info, err := f.Stat(); err == nil {
			in.size = info.Size()
		}
		in.Reader, in.close = f, f.Close
	}
	return in, nil
}

func (in *input) Read(p []byte) (int, error) {
	if err := in.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := in.Reader.Read(p)
	in.done.Add(int64(n))
	return n, err
}

// watch shows how much of the input was read until the function it returns is
// called.
func (a *app) watch(in *input, name string) (end func()) {
	p := a.startProgress(printable(name), "KiB", func() (done, total int64, sure bool) {
		done = in.done.Load() / 1024
		return done, max(in.size/1024, done), in.size > 0
	})
	return p.end
}

// readEach reads every file with read, which gets its name for messages.
func (a *app) readEach(ctx context.Context, names []string, read func(name string, r io.Reader) error) error {
	for _, name := range names {
		in, err := a.openInput(ctx, name)
		if err != nil {
			return err
		}
		end := a.watch(in, name)
		err = read(printable(name), in)
		end()
		_ = in.close() // it was only read
		if line, ok := errors.AsType[*eval.LineError](err); ok {
			return errorf(jaga.CodeInvalid, "", "%w", line)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
