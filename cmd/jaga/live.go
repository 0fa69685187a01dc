package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/live"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/web/api"
)

func (a *app) liveCmd() *cobra.Command {
	var n live.New
	var events string
	var long time.Duration
	cmd := &cobra.Command{
		Use:   "live SOURCE",
		Short: "Watch a live stream: picture, chat and money together",
		Long: `Watch a live stream until it ends, or until Ctrl-C. One or two frames a second
are compared with the banks; findings become items and join a case, as those of
files do. The server that holds the data directory watches it; without one, this
command does.

SOURCE is an address of HLS (https://…/stream.m3u8), RTMP (rtmp://…), SRT
(srt://…) or of JPEG pictures by WebSocket (wss://…);
listen:rtmp://ADDRESS:PORT/APP/KEY, the same with rtmps, or
listen:srt://ADDRESS:PORT for an encoder that sends its stream here; or a film,
which is played at its own speed.
Streams of your own network, and addresses to listen on, are allowed by the
settings live.networks and live.listen.

With --events, what happens beside the picture is handed in as well: a file, or -
for standard input, with one event a line as in docs/live.md. A line may say
"after": 3.5, and is then handed in that many seconds after the start.

It ends with 2 when something was found, with 3 when nothing was found and a
stretch of the stream was not checked.`,
		Example: "  jaga live https://cdn.example/live/stream.m3u8 --account acc-1\n  jaga live film.mp4 --events chat.jsonl",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			n.Source = args[0]
			return a.with(cmd.Context(), false, func(c *client) error { return a.live(cmd.Context(), c, n, events, long) })
		},
	}
	cmd.Flags().StringVar(&n.Account, "account", "", "the `ACCOUNT` that broadcasts, by a pseudonymous identifier")
	cmd.Flags().StringVar(&n.Ref, "ref", "", "your own `NAME` of the stream")
	cmd.Flags().StringArrayVar(&n.Banks, "bank", nil, "a `BANK` to ask, all unless given; can be given again")
	cmd.Flags().IntVar(&n.Matching, "matching", 0, "how many of the last frames must match (`NUMBER`, default 2)")
	cmd.Flags().IntVar(&n.Of, "of", 0, "of how many frames (`NUMBER`, default 5)")
	cmd.Flags().StringVar(&events, "events", "", "events of the stream, from a `FILE` or - for standard input")
	cmd.Flags().DurationVar(&long, "for", 0, "stop after this `TIME`")
	cmd.AddCommand(a.liveListCmd(), a.liveStopCmd())
	return cmd
}

func (a *app) liveListCmd() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List streams that are watched, or were", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), false, func(c *client) error {
				var list api.Watches
				if err := c.call(cmd.Context(), http.MethodGet, "/v1/live", nil, &list); err != nil {
					return err
				}
				if a.json {
					return a.printJSON(orEmpty(list.Watches))
				}
				w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
				fmt.Fprintln(w, "WATCH\tSTATE\tOUTCOME\tBAND\tFRAMES\tSOURCE\tNAME")
				for _, x := range list.Watches {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", x.ID, x.State, x.Outcome, x.Band, x.Frames, x.Source, x.Ref)
				}
				return w.Flush()
			})
		},
	}
}

func (a *app) liveStopCmd() *cobra.Command {
	return &cobra.Command{
		Use: "stop WATCH", Short: "Stop watching a stream", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), false, func(c *client) error {
				if err := c.call(cmd.Context(), http.MethodDelete, watchAddress(args[0]), nil, nil); err != nil {
					return err
				}
				return a.said(map[string]string{"stopped": args[0]}, "stopped "+args[0])
			})
		},
	}
}

func watchAddress(id string) string { return "/v1/live/" + id }

// live starts a watch and tells what happens in it, until it is over.
func (a *app) live(ctx context.Context, c *client, n live.New, events string, long time.Duration) error {
	film, closeFilm, err := filmOf(&n)
	if err != nil {
		return err
	}
	defer closeFilm()
	var w live.Watch
	if err := c.call(ctx, http.MethodPost, "/v1/live", n, &w); err != nil {
		return err
	}
	stopped := context.WithoutCancel(ctx)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if long > 0 {
		ctx, cancel = context.WithTimeout(ctx, long)
		defer cancel()
	}
	failed := make(chan error, 2)
	if film != nil {
		go func() { failed <- c.pass(ctx, watchAddress(w.ID)+"/media", "application/octet-stream", film) }()
	}
	if events != "" {
		go func() {
			if err := a.liveEvents(ctx, c, w.ID, events); err != nil && ctx.Err() == nil {
				failed <- err
			}
		}()
	}
	t := &teller{a: a, told: map[string]string{}}
	every := time.NewTicker(500 * time.Millisecond)
	defer every.Stop()
	var fault error
	for {
		var d live.Detail
		if err := c.call(stopped, http.MethodGet, watchAddress(w.ID), nil, &d); err != nil {
			return err
		}
		t.tell(d)
		if d.State.Over() {
			t.end(d)
			if fault != nil {
				return fault
			}
			return statusOf(d.Outcome)
		}
		select {
		case <-every.C:
		case err := <-failed:
			if err != nil && ctx.Err() == nil {
				fault, film = err, nil
				cancel()
			}
		case <-ctx.Done():
			if err := c.call(stopped, http.MethodDelete, watchAddress(w.ID), nil, nil); err != nil {
				return err
			}
		}
	}
}

// filmOf opens the source where it is a file: it is sent, so that the server needs
// no files of whoever asks.
func filmOf(n *live.New) (film io.Reader, closeFilm func(), err error) {
	closeFilm = func() {}
	if strings.Contains(n.Source, "://") || n.Source == "push" || n.Source == "push:realtime" || n.Source == "frames" {
		if strings.HasPrefix(n.Source, "push") || n.Source == "frames" {
			return nil, closeFilm, &usageError{errorf(jaga.CodeInvalid, "POST /v1/live takes such a source", "this command sends no pictures; name a film or an address")}
		}
		return nil, closeFilm, nil
	}
	f, err := os.Open(n.Source)
	if err != nil {
		return nil, closeFilm, errorf(jaga.CodeNotFound, "name a film, or an address such as https://host/stream.m3u8", "open %s: %s", n.Source, errText(err))
	}
	closeFilm = func() { f.Close() }
	film = f
	// It is watched as it arrives, so its index has to arrive first.
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		if film, err = media.InOrder(f, info.Size()); err != nil {
			closeFilm()
			return nil, func() {}, errorf(jaga.CodeInvalid, "name a film that can be played", "%s: %w", n.Source, err)
		}
	}
	n.Ref = cmp.Or(n.Ref, filepath.Base(n.Source))
	n.Source = "push:realtime"
	return film, closeFilm, nil
}

// pass sends a body and reads no answer but an error.
func (c *client) pass(ctx context.Context, path, kind string, body io.Reader) error {
	r, err := c.send(ctx, http.MethodPost, path, kind, "application/json", body)
	if err != nil {
		return err
	}
	return r.Body.Close()
}

// liveEvents hands in the lines of a file as they come, or when they say.
func (a *app) liveEvents(ctx context.Context, c *client, watch, name string) error {
	in := a.In
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return errorf(jaga.CodeNotFound, "", "open events: %w", err)
		}
		defer f.Close()
		in = f
	}
	begun := time.Now()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, live.MaxEvent)
	for n := 1; lines.Scan(); n++ {
		line := lines.Bytes()
		if len(strings.TrimSpace(string(line))) == 0 {
			continue
		}
		var when struct {
			After float64 `json:"after"`
		}
		if err := json.Unmarshal(line, &when); err == nil && when.After > 0 {
			select {
			case <-time.After(time.Until(begun.Add(time.Duration(when.After * float64(time.Second))))):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err := c.pass(ctx, watchAddress(watch)+"/events", "application/x-ndjson", strings.NewReader(string(line)+"\n")); err != nil {
			return fmt.Errorf("events line %d: %w", n, err)
		}
	}
	return lines.Err()
}

// teller prints what is new in a watch.
type teller struct {
	a      *app
	state  live.State
	told   map[string]string // marks, as they were told of last
	status time.Time
}

// statusEvery is how often a line says how the watch is.
const statusEvery = 10 * time.Second

func (t *teller) tell(d live.Detail) {
	if d.State != t.state {
		t.state = d.State
		t.line("state", d.Watch, fmt.Sprintf("%s %s", d.State, d.Source)+because(d.Why))
	}
	for _, m := range d.Marks {
		key := fmt.Sprint(m.Item, m.Kind == live.MarkGap && m.ID != "open")
		if m.ID == "open" || t.told[m.ID] == key {
			continue
		}
		t.told[m.ID] = key
		t.line("mark", m, markLine(m))
	}
	if time.Since(t.status) >= statusEvery && !d.State.Over() {
		t.status = time.Now()
		t.line("status", d.Watch, statusLine(d))
	}
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

func markLine(m live.Mark) string {
	span := m.From.Local().Format(time.TimeOnly)
	if m.Until.After(m.From) {
		span += "–" + m.Until.Local().Format(time.TimeOnly)
	}
	switch m.Kind {
	case live.MarkMatch:
		if m.Of == live.GapOfSound {
			return fmt.Sprintf("match        %s  %s  bank %s, sound, item %s", span, m.Band, m.Bank, m.Item)
		}
		return fmt.Sprintf("match        %s  %s  bank %s, %d frames, item %s", span, m.Band, m.Bank, m.Frames, m.Item)
	case live.MarkTalk:
		return fmt.Sprintf("finding      %s  %s  %s by %s, account %s under review", span, m.Band, m.Form, strings.Join(m.Signs, " "), m.Account)
	}
	if m.Of != "" {
		return fmt.Sprintf("not checked  %s  %s: %s", span, m.Of, m.Why)
	}
	return fmt.Sprintf("not checked  %s  %s", span, m.Why)
}

// statusLine is a line with a small plot of the last three minutes of chat.
func statusLine(d live.Detail) string {
	return fmt.Sprintf("%d frames, chat %d a minute %s, directing %d, gifts %d, watching %d", d.Frames, d.Rates.Chat, spark(d.Slots, time.Now()), d.Rates.Directing, d.Rates.Gifts, d.Rates.Watching)
}

// spark draws the chat of the last three minutes, a block for each ten seconds.
func spark(slots []live.Slot, now time.Time) string {
	const width = 18
	from := now.UTC().Truncate(live.SlotLength).Add(-(width - 1) * live.SlotLength)
	counts, most := make([]int, width), 1
	for _, s := range slots {
		if i := int(s.At.Sub(from) / live.SlotLength); i >= 0 && i < width && !s.At.Before(from) {
			counts[i] = s.Chat
			most = max(most, s.Chat)
		}
	}
	var b strings.Builder
	for _, n := range counts {
		b.WriteRune([]rune("▁▂▃▄▅▆▇█")[n*7/most])
	}
	return b.String()
}

// end says how it went.
func (t *teller) end(d live.Detail) {
	found, gaps := 0, 0
	for _, m := range d.Marks {
		if m.Kind == live.MarkGap {
			gaps++
		} else {
			found++
		}
	}
	text := fmt.Sprintf("%d findings in %d frames; %d stretches were not checked; never looked at: %s", found, d.Frames, gaps, strings.Join(d.Unchecked, ", "))
	if d.Speech.State != live.SpeechOff {
		text += fmt.Sprintf("; %.0f seconds heard for speech, %d utterances, %.0f seconds not heard", d.Heard, d.Utterances, d.Unheard)
	}
	for _, p := range d.Parts {
		if t.a.json || p.Role == live.RolePassive {
			continue
		}
		fmt.Fprintf(t.a.Out, "  %-14s %s  for: %s; against: %s\n", p.Role, p.Account, signWords(p.For), signWords(p.Against))
	}
	t.line("end", d, text)
}

func signWords(list []live.Sign) string {
	var out []string
	for _, s := range list {
		w := strings.ReplaceAll(s.What, "_", " ")
		if s.N > 1 {
			w += fmt.Sprintf(" (%d times)", s.N)
		}
		out = append(out, w)
	}
	if len(out) == 0 {
		return "nothing"
	}
	return strings.Join(out, ", ")
}

// line prints one line, for people or as JSON.
func (t *teller) line(kind string, v any, text string) {
	if t.a.json {
		_ = json.NewEncoder(t.a.Out).Encode(map[string]any{"event": kind, kind: v}) // nobody reads any more
		return
	}
	fmt.Fprintln(t.a.Out, time.Now().Format(time.TimeOnly), text)
}
