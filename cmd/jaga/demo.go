package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/datadir"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/testpic"
)

// demoBank is the bank whose pictures the stream shows again.
const demoBank = "DEMO"

// demoKnown is how many pictures the bank of the demonstration knows.
const demoKnown = 12

func (a *app) demoCmd() *cobra.Command {
	var count int
	var every time.Duration
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Fill a new installation with sample data, and show a stream of pictures",
		Long: `Fill every page of the console with sample data, four weeks of a team's work,
and then hand a stream of pictures in to the running server: copies that were
saved again, resized, cut, framed or turned, pictures that nobody knows, and
files that cannot be checked. Where ffmpeg is installed there is a film, too,
and a live stream with chat and gifts runs for ten minutes. Pictures are drawn
and conversations are acts; nothing and nobody in it is real, and all of it is
called DEMO.

It needs a server beside it (jaga serve) whose installation holds nothing else.
One with data of its own, or with settings that reach people or servers, is
refused. A second run adds nothing but the pictures of its stream.

To be rid of it, stop the server and remove the data directory.`,
		Example: "  jaga demo\n  jaga demo --count 500 --every 100ms\n  jaga demo --count 1 --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if count < 0 || every < 0 {
				return &usageError{errorf(jaga.CodeInvalid, "", "--count and --every are not negative")}
			}
			return a.demo(cmd.Context(), count, every)
		},
	}
	cmd.Flags().IntVar(&count, "count", 60, "hand in this `NUMBER` of pictures; 0 goes on until it is stopped")
	cmd.Flags().DurationVar(&every, "every", 250*time.Millisecond, "`TIME` between two pictures")
	return cmd
}

// demoStep is one picture of the stream.
type demoStep struct {
	ref  string
	file []byte
	// copy is true for a changed copy of a picture that the bank knows.
	copy bool
}

// demoTally counts what came back.
type demoTally struct {
	Sent   int            `json:"sent"`
	States map[string]int `json:"states"`
	Copies int            `json:"copies"` // changed copies of known pictures
	Found  int            `json:"copies_found"`
	URL    string         `json:"url"`
	Made   demoMade       `json:"made"`
}

func (a *app) demo(ctx context.Context, count int, every time.Duration) error {
	c, err := a.connectServer(ctx)
	if err != nil {
		return err
	}
	made, err := a.demoFilled(ctx, c)
	if err != nil {
		return err
	}
	if !a.json {
		stream := ""
		if made.Stream != "" {
			stream = fmt.Sprintf("A live stream runs for ten minutes, see %s/live\n", c.url)
		}
		fmt.Fprintf(a.Out, "%s\nThe console at %s shows it. %sNow a stream of pictures arrives, see %s/items\n\n", made, c.url, stream, c.url)
	}
	tally := demoTally{States: map[string]int{}, URL: c.url, Made: made}
	tick := time.NewTicker(max(every, time.Millisecond))
	defer tick.Stop()
	for i := 0; count == 0 || i < count; i++ {
		step := demoPicture(uint64(i))
		rec, err := c.handIn(ctx, step)
		if err != nil {
			if ctx.Err() != nil {
				break // Ctrl-C is how an endless demonstration ends
			}
			return err
		}
		tally.add(step, rec)
		if !a.json {
			fmt.Fprintf(a.Out, "%-46s %s\n", step.ref, demoWords(rec))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	if a.json {
		return a.printJSON(tally)
	}
	_, err = fmt.Fprintf(a.Out, "\n%d pictures: %d of %d changed copies were found. See them at %s/items\n", tally.Sent, tally.Found, tally.Copies, c.url)
	return err
}

func (t *demoTally) add(step demoStep, rec intake.Record) {
	t.Sent++
	t.States[string(rec.Outcome.State())]++
	if step.copy {
		t.Copies++
		if rec.Outcome.State() == jaga.StateFindings {
			t.Found++
		}
	}
}

// demoWords says an outcome in a few words.
func demoWords(rec intake.Record) string {
	switch o := rec.Outcome; o.State() {
	case jaga.StateFindings:
		m := o.Findings[0].Because()[0].Match
		return fmt.Sprintf("finding (%s): %d bits from entry %d of %s", o.Band(), m.Distance, m.Entry, m.Bank)
	case jaga.StateClear:
		return "nothing found in what was checked"
	default:
		for _, s := range o.Skipped {
			if !s.Optional {
				return "not checked: " + skipText(s)
			}
		}
		return "not checked"
	}
}

// connectServer is connect for commands that are of use beside a running
// server only.
func (a *app) connectServer(ctx context.Context) (*client, error) {
	env := jagaEnviron(a.environ)
	if u := env["JAGA_URL"]; u != "" {
		return a.connect(ctx, false)
	}
	if err := a.load(); err != nil {
		return nil, err
	}
	none := errorf(jaga.CodeUnavailable, "start it in another terminal: jaga serve (or make run)", "no server runs on %s", a.cfg.Data)
	if !datadir.InUse(a.cfg.Data) {
		return nil, none
	}
	return a.running(ctx, none)
}

// demoFilled has the server fill the installation, and shows how far it is.
func (a *app) demoFilled(ctx context.Context, c *client) (made demoMade, err error) {
	r, err := c.send(ctx, http.MethodPost, demoPath, "", "application/x-ndjson", nil)
	if jaga.CodeOf(err) == jaga.CodeNotFound {
		return made, errorf(jaga.CodeDenied, "run it on the server's own machine, with the server's data directory", "fill the demonstration: only the server's own user can, beside the server")
	}
	if err != nil {
		return made, err
	}
	defer r.Body.Close()
	var done, total atomic.Int64
	p := a.startProgress("fill", "days", func() (int64, int64, bool) { return done.Load(), total.Load(), true })
	defer p.end()
	for lines := json.NewDecoder(r.Body); ; {
		var l demoLine
		if err := lines.Decode(&l); err != nil {
			return made, errorf(jaga.CodeUnavailable, "the server's log says why", "fill the demonstration: the server broke off")
		}
		switch {
		case l.Problem != nil:
			return made, l.Problem.err()
		case l.Made != nil:
			return *l.Made, nil
		}
		done.Store(l.Done)
		total.Store(l.Total)
	}
}

// demoScene is the picture number i that the bank knows.
func demoScene(i uint64) *image.RGBA {
	if i%4 == 3 {
		return testpic.Card(100+i, 800, 600)
	}
	return testpic.Photo(100+i, 960, 640)
}

// demoPicture is step i of the stream: half are changed copies, a third is
// unknown, the rest cannot be checked.
func demoPicture(i uint64) demoStep {
	pick := func(what string, n int) int { return int(demoMix(what, i) % uint64(n)) }
	switch kind := pick("kind", 12); {
	case kind < 6:
		variants := testpic.Variants()
		v := variants[pick("variant", len(variants))]
		known := pick("known", demoKnown)
		return demoStep{fmt.Sprintf("picture %d, %s", known+1, v.Name), testpic.JPEG(v.Apply(demoScene(uint64(known))), 85), true}
	case kind < 10:
		return demoStep{fmt.Sprintf("unknown picture %d", i+1), testpic.JPEG(testpic.Photo(10_000+i, 900, 600), 80), false}
	case kind == 10:
		return demoStep{"one colour", testpic.PNG(testpic.Flat(400, 300, color.RGBA{90, 140, 150, 255})), false}
	default:
		file := testpic.JPEG(testpic.Photo(20_000+i, 900, 600), 80)
		return demoStep{"a broken file", file[:len(file)/3], false}
	}
}

// demoMix draws a number from a name and a step, the same in every run.
func demoMix(what string, i uint64) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %d", what, i)
	return h.Sum64() >> 7
}

// handIn posts a picture and waits for what is known of it.
func (c *client) handIn(ctx context.Context, step demoStep) (rec intake.Record, err error) {
	body, kind := multipartOf(map[string]string{"ref": step.ref}, "file", bytes.NewReader(step.file))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/v1/items", body)
	if err != nil {
		return rec, err
	}
	req.Header.Set("Prefer", "wait")
	r, err := c.exchange(req, kind, "application/json")
	if err != nil {
		return rec, err
	}
	defer r.Body.Close()
	if err := json.NewDecoder(r.Body).Decode(&rec); err != nil {
		return rec, fmt.Errorf("read the server's answer: %w", err)
	}
	return rec, nil
}
