package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/internal/chatfile"
	"github.com/jaga-project/jaga/internal/chatlook"
)

// checkFlags are the flags of jaga check.
type checkFlags struct {
	packs   []string
	items   string
	lang    string
	band    string
	zone    string
	strict  bool
	verbose bool
	noText  bool
	around  int
}

func (a *app) checkCmd() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check FILE...",
		Short: "Read conversations for signs of grooming and sexual extortion",
		Long: `Read conversations and show what in them may be grooming, sexual extortion,
directing of a live stream or trading in material: who towards whom, in which
messages, why, what speaks against it, what could not be checked, and what to
do next. It is said how soon a person should look, never that somebody is
guilty.

A file is JSON lines (docs/check.md), text of lines such as "name: text", or an
export of WhatsApp, Telegram, Discord or Instagram; which one is found from its
content. The name - reads standard input. Nothing is sent anywhere, and nothing
is kept.

With --items, each line of a JSON lines file is one message by itself, and the
answer to each is the indicators its words show.

With --json, each conversation is one line, those without a finding too unless
--band is given.

Exit status: 0 everything was read and nothing was found; 2 something was found;
3 nothing was found, but something was not read; 1 the check itself failed.`,
		Example: "  jaga check \"WhatsApp Chat with Kim.txt\"\n  jaga check --lang id --around 2 result.json\n  jaga check --json - < conversations.jsonl",
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.items == "" && len(args) == 0 {
				return &usageError{errors.New("name a file, or - for standard input")}
			}
			if f.items != "" && len(args) > 0 {
				return &usageError{errors.New("--items stands alone: its file is no conversation")}
			}
			r, err := a.newConvoRun(f)
			if err != nil {
				return err
			}
			if f.items != "" {
				return r.items(cmd.Context(), f.items)
			}
			return r.files(cmd.Context(), args)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.packs, "pack", nil, "also look for what the indicator pack in this `FILE` describes; can be given again")
	flags.StringVar(&f.items, "items", "", "read single messages from this `FILE` of JSON lines")
	flags.StringVar(&f.lang, "lang", "", "`LANGUAGE` of the explanations: en or id (default from $LANG)")
	flags.StringVar(&f.band, "band", "", "show conversations from this `BAND` on: observe, review or urgent (default observe)")
	flags.IntVar(&f.around, "around", 0, "also show this `NUMBER` of messages before and after each one that counts")
	flags.BoolVar(&f.noText, "no-text", false, "show the ids of messages and not their text")
	flags.BoolVar(&f.verbose, "verbose", false, "list every indicator that was not checked")
	flags.StringVar(&f.zone, "timezone", "", "`ZONE` of times that the file gives without one, such as Asia/Jakarta (default this machine's)")
	flags.BoolVar(&f.strict, "strict", false, "end with an error at the first line that is not as it should be")
	return cmd
}

// convoRun is one run of jaga check.
type convoRun struct {
	a        *app
	f        checkFlags
	detector *convo.Detector
	loc      *time.Location
	lang     string
	least    jaga.Band // shown from here on; BandNone shows all
	look     *chatlook.Printer

	sum      chatlook.Sum
	unread   bool // something of what was given was not read
	problems problemList
	clearBar func() // takes the progress bar away before something is printed
	// Bytes of all files, and of these read, and gone through by the detector.
	size, read, checked atomic.Int64
}

func (a *app) newConvoRun(f checkFlags) (*convoRun, error) {
	r := &convoRun{a: a, f: f, loc: time.Local, clearBar: func() {}, problems: problemList{out: a.Err}}
	switch f.lang {
	case "":
		r.lang = a.language()
	case "en", "id":
		r.lang = f.lang
	default:
		return nil, &usageError{fmt.Errorf("--lang %q is not en or id", f.lang)}
	}
	if f.band != "" {
		if err := r.least.UnmarshalText([]byte(f.band)); err != nil || r.least == jaga.BandNone {
			return nil, &usageError{fmt.Errorf("--band %q is not observe, review or urgent", f.band)}
		}
	} else if !a.json {
		r.least = jaga.BandObserve
	}
	if f.around < 0 {
		return nil, &usageError{fmt.Errorf("--around %d is below 0", f.around)}
	}
	if f.zone != "" {
		loc, err := time.LoadLocation(f.zone)
		if err != nil {
			return nil, &usageError{fmt.Errorf("--timezone %q is no zone that this machine knows; write one such as Asia/Jakarta or UTC", f.zone)}
		}
		r.loc = loc
	}
	d, err := newDetector(f.packs)
	if err != nil {
		return nil, err
	}
	r.detector = d
	width, colour := terminalLook(a.Out, a.environ)
	r.look = chatlook.New(a.Out, chatlook.Options{
		Lang: r.lang, Width: width, Colour: colour, Around: f.around, NoText: f.noText, Verbose: f.verbose,
	})
	return r, nil
}

// language returns "id" if the environment asks for Indonesian, else "en".
func (a *app) language() string {
	get := func(name string) string { return envValue(a.environ, name) }
	if strings.HasPrefix(cmp.Or(get("LC_ALL"), get("LC_MESSAGES"), get("LANG")), "id") {
		return "id"
	}
	return "en"
}

// envValue returns a variable's last value.
func envValue(environ []string, name string) string {
	value := ""
	for _, e := range environ {
		if k, v, ok := strings.Cut(e, "="); ok && k == name {
			value = v
		}
	}
	return value
}

// files checks the conversations of the files, one after the other.
func (r *convoRun) files(ctx context.Context, names []string) error {
	for _, name := range names {
		if name == "-" {
			continue
		}
		info, err := os.Stat(name)
		if err != nil {
			return errorf(jaga.CodeNotFound, "", "read file: %w", err)
		}
		r.size.Add(info.Size())
	}
	defer r.problems.end() // behind the report, not in it
	show := r.progress(names)
	for _, name := range names {
		if err := r.named(ctx, name); err != nil {
			show()
			return err
		}
	}
	show()
	if !r.a.json {
		if err := r.look.End(r.sum); err != nil {
			return fmt.Errorf("write result: %w", err)
		}
	}
	switch {
	case r.sum.Found > 0:
		return statusError(exitFindings)
	case r.unread:
		return statusError(exitNotChecked)
	}
	return nil
}

// largeFile is from how many bytes on it takes long enough to show progress.
const largeFile = 8 << 20

// progress shows how far the run is, in megabytes, for large files, and returns
// what ends it. A byte is done half when it is read and in full when it is
// checked, since a chat is read whole before it is checked. A bar on the terminal that results are printed to as well
// goes away when the first is.
func (r *convoRun) progress(names []string) (end func()) {
	sure := !slices.Contains(names, "-") // how long standard input is, is not known
	if sure && r.size.Load() < largeFile {
		return func() {}
	}
	show := r.a.startProgress("check", "MB", func() (int64, int64, bool) {
		done := (r.read.Load() + r.checked.Load()) / 2
		return done >> 20, max(r.size.Load(), done) >> 20, sure
	})
	end = sync.OnceFunc(show.end)
	if isTerminal(r.a.Out) {
		r.clearBar = end
	}
	return end
}

// named checks one file.
func (r *convoRun) named(ctx context.Context, name string) error {
	if name == "-" {
		return r.stream(ctx, "stdin", untilDone(ctx, r.a.In))
	}
	f, err := openRegular(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return r.stream(ctx, name, f)
}

// stream checks the conversations of one source.
func (r *convoRun) stream(ctx context.Context, name string, src io.Reader) error {
	before := r.read.Load()
	in := chatfile.New(src, printable(name), chatfile.Options{
		Strict: r.f.strict, Location: r.loc, Progress: func(n int64) { r.read.Store(before + n) },
	})
	n, lost := 0, 0
	for c, err := range in.All() {
		if err != nil {
			if p, ok := errors.AsType[chatfile.Problem](err); ok && r.f.strict {
				return errorf(jaga.CodeInvalid, "", "%w", p)
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if r.f.strict {
				return errorf(jaga.CodeInvalid, "", "%w", err)
			}
			r.problems.add(err.Error())
			r.unread = true
			break
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n++
		_, now := in.Counts()
		if err := r.conversation(ctx, printable(name), string(in.Format()), c, now-lost); err != nil {
			return err
		}
		lost = now
	}
	all, now := in.Counts()
	for _, p := range in.Problems() {
		r.problems.add(p.Error())
	}
	r.problems.more(all - len(in.Problems()))
	if now > 0 || n == 0 {
		r.unread = true
	}
	r.sum.Files++
	r.sum.Lost += now - lost
	return nil
}

// conversation checks one conversation, of which lost places of the file could
// not be read, and prints it if it is to be shown.
func (r *convoRun) conversation(ctx context.Context, file, format string, c *chatfile.Conversation, lost int) error {
	head, problems := c.Head()
	for _, p := range problems {
		p.File = file
		if r.f.strict {
			return errorf(jaga.CodeInvalid, "", "%w", p)
		}
		r.problems.add(p.Error())
	}
	s := r.detector.Open(head, nil)
	base := r.checked.Load()
	waiting := r.read.Load() - base
	for i := range c.Messages {
		if i%1024 == 0 {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			r.checked.Store(base + waiting*int64(i)/int64(len(c.Messages)))
		}
		s.Observe(c.Messages[i].Convo())
	}
	r.checked.Store(base + waiting)
	res := s.Result(r.lang)
	if lost > 0 {
		res.NotChecked = append(res.NotChecked, convo.NotChecked{Needs: []string{}, Why: fmt.Sprintf("places in the file that could not be read: %d", lost)})
	}
	r.sum.Conversations++
	r.sum.Messages += res.Messages
	r.sum.Lost += lost
	if !s.Complete() {
		r.unread = true
		r.sum.Unread++
	}
	if res.Band > jaga.BandNone {
		r.sum.Found++
	}
	if res.Band < r.least {
		if res.Band > jaga.BandNone {
			r.sum.Hidden++
		}
		return nil
	}
	r.clearBar()
	var err error
	if r.a.json {
		enc := json.NewEncoder(r.a.Out)
		enc.SetEscapeHTML(false)
		err = enc.Encode(res)
	} else {
		err = r.look.Conversation(chatlook.View{
			File: file, Format: format, Chat: c, Result: res, Unread: s.Unread(), Lost: lost,
		}, r.least)
	}
	if err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

// problemList says what is wrong with the input: the first ones in full, the
// others as a number, so that a file of another kind does not fill the screen.
type problemList struct {
	out   io.Writer
	first []string
	n     int
}

// shownProblems is how many are said in full.
const shownProblems = 20

func (l *problemList) add(text string) {
	if l.n++; len(l.first) < shownProblems {
		l.first = append(l.first, text)
	}
}

// more counts problems without a text.
func (l *problemList) more(n int) { l.n += max(n, 0) }

// end says them.
func (l *problemList) end() {
	for _, p := range l.first {
		fmt.Fprintf(l.out, "jaga: %s\n", p)
	}
	if l.n > len(l.first) {
		fmt.Fprintf(l.out, "jaga: and %d more\n", l.n-len(l.first))
	}
}

// untilDone returns a reader of r that ends with the context, even while r has
// nothing to give, as a terminal whose person thinks. What r gives later is
// lost.
func untilDone(ctx context.Context, r io.Reader) io.Reader {
	out, in := io.Pipe()
	go func() {
		_, err := io.Copy(in, r)
		in.CloseWithError(err)
	}()
	context.AfterFunc(ctx, func() { out.CloseWithError(context.Cause(ctx)) })
	return out
}
