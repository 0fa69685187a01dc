//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/web/api"
)

// TestKillTalk streams messages of many conversations into a server that is
// killed in the middle, again and again, and compares the findings with those
// of a server that nobody disturbed. JAGA_TEST_TALK=1000000/50000 sets the number
// of messages and of conversations.
func TestKillTalk(t *testing.T) {
	t.Parallel()
	messages, conversations := 12_000, 600
	if testing.Short() {
		messages, conversations = 2_000, 100
	}
	if v := os.Getenv("JAGA_TEST_TALK"); v != "" {
		if _, err := fmt.Sscanf(v, "%d/%d", &messages, &conversations); err != nil {
			t.Fatalf("JAGA_TEST_TALK=%s: %v", v, err)
		}
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			store := func() string {
				if engine == "sqlite" {
					return ""
				}
				return storetest.Postgres(t)
			}
			stream := talkStream{messages, conversations}
			quiet := &victim{t: t, data: filepath.Join(t.TempDir(), "data"), store: store()}
			quiet.start()
			began := time.Now()
			if got, err := stream.send(t, quiet, 0); err != nil || got != stream.lines() {
				t.Fatalf("undisturbed: %d of %d lines: %v", got, stream.lines(), err)
			}
			took := time.Since(began)
			t.Logf("undisturbed: %d messages in %s", messages, took.Round(time.Millisecond))
			want := quiet.talkFindings()
			quiet.stop()
			if len(want) < conversations/50 {
				t.Fatalf("%d findings in %d conversations: the stream shows nothing", len(want), conversations)
			}

			v := &victim{t: t, data: filepath.Join(t.TempDir(), "data"), store: store()}
			v.start()
			seed := uint64(time.Now().UnixNano())
			r := rand.New(rand.NewPCG(seed, 1))
			t.Logf("seed %d", seed)
			// Kills come after a part of the undisturbed time, so that there is
			// a middle on machines of every speed.
			wait := took / 4
			kills, acked := 0, 0
			for acked < stream.lines() {
				done := make(chan int, 1)
				go func(from int) {
					n, _ := stream.send(t, v, from)
					done <- n
				}(acked)
				select {
				case acked = <-done:
					continue
				case <-time.After(time.Duration(float64(wait) * (0.2 + r.Float64()))):
				}
				if kills >= 5 {
					acked = <-done
					continue
				}
				v.kill()
				kills++
				acked = <-done
				v.start()
			}
			if kills == 0 {
				t.Error("the stream was over before the first kill")
			}
			got := v.talkFindings()
			v.stop()
			if !slices.Equal(got, want) {
				t.Errorf("after %d kills there are %d findings, undisturbed %d; the first that differs:\n%s", kills, len(got), len(want), firstDifference(got, want))
			}
			t.Logf("%d messages, %d conversations, %d kills: the same %d findings", messages, conversations, kills, len(got))
			if out, err := v.command("verify", "--json").CombinedOutput(); err != nil {
				t.Errorf("verify: %v\n%s", err, out)
			}
		})
	}
}

func firstDifference(a, b []string) string {
	for i := range max(len(a), len(b)) {
		x, y := "(none)", "(none)"
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			return x + "\n" + y
		}
	}
	return ""
}

// talkStream is a stream of messages that follows from its numbers alone.
type talkStream struct{ messages, conversations int }

func (s talkStream) lines() int { return s.messages + s.conversations }

// line is line i: first the participants of each conversation, then messages,
// one conversation after the other in turn. One conversation in 25 holds acts
// of the kind that make findings; several of these are of one account.
func (s talkStream) line(i int) string {
	if i < s.conversations {
		return fmt.Sprintf(`{"conversation":"c%d","channel":"private","participants":[{"id":"a%d","age_band":"adult"},{"id":"b%d","age_band":"13-15"}]}`, i, i%(s.conversations/4+1), i)
	}
	i -= s.conversations
	c, step := i%s.conversations, i/s.conversations
	at := time.Date(2026, 4, 1, 16, 0, 0, 0, time.UTC).Add(time.Duration(i) * 100 * time.Millisecond).Format(time.RFC3339Nano)
	from, to := fmt.Sprintf("a%d", c%(s.conversations/4+1)), fmt.Sprintf("b%d", c)
	if step%3 == 2 {
		from, to = to, from
	}
	what := `"text":` + strconv.Quote([]string{"see you at practice", "ok thanks", "did you finish the homework", "the bus is late again", "haha yes", "rain all day here"}[(c+step)%6])
	if acts := []string{"G-05", "G-04", "refusal", "G-11", "G-13", "refusal", "G-20", "S-04", "sent", "S-05"}; c%25 == 0 && step < len(acts) {
		what = fmt.Sprintf(`"act":%q`, acts[step])
	}
	return fmt.Sprintf(`{"conversation":"c%d","id":"m%d","from":%q,"to":%q,"at":%q,%s}`, c, step, from, to, at, what)
}

// send streams the lines behind the first from, and returns up to which line
// everything was acknowledged.
func (s talkStream) send(t *testing.T, v *victim, from int) (acked int, err error) {
	acked = from
	in, out := io.Pipe()
	go func() {
		w := bufio.NewWriterSize(out, 64<<10)
		for i := from; i < s.lines(); i++ {
			if _, err := w.WriteString(s.line(i) + "\n"); err != nil {
				return
			}
		}
		_ = out.CloseWithError(w.Flush())
	}()
	defer in.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.at.URL+"/v1/messages?strict=true", in)
	if err != nil {
		return acked, err
	}
	req.Header.Set("Authorization", "Bearer "+v.at.Key)
	req.Header.Set("Content-Type", "application/x-ndjson")
	req.Header.Set("Accept", "application/x-ndjson")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return acked, err
	}
	defer resp.Body.Close()
	sc := bufio.NewScanner(resp.Body)
	sc.Buffer(nil, 16<<20)
	for sc.Scan() {
		var l api.StreamLine
		if err := json.Unmarshal(sc.Bytes(), &l); err != nil {
			return acked, err
		}
		if l.Error != nil {
			return acked, fmt.Errorf("line %d: %s %s", l.Line, l.Error.Field, l.Error.Detail)
		}
		acked = from + l.Line
	}
	return acked, sc.Err()
}

// talkFindings are all findings, as texts that can be compared: what they say
// and why, not when they were stored.
func (v *victim) talkFindings() []string {
	v.t.Helper()
	var out []string
	before := ""
	for {
		var page api.FindingList
		data := v.must(http.MethodGet, "/v1/findings?limit=500&before="+before, "", nil)
		dec := json.NewDecoder(bytes.NewReader(data))
		if err := dec.Decode(&page); err != nil {
			v.t.Fatal(err)
		}
		for _, f := range page.Findings {
			b, err := json.Marshal(struct {
				At time.Time
				F  converse.Finding
			}{f.At, converse.Finding{Finding: f.Finding}})
			if err != nil {
				v.t.Fatal(err)
			}
			out = append(out, strings.ReplaceAll(string(b), "\n", " "))
		}
		if page.Next == "" {
			slices.Sort(out)
			return out
		}
		before = page.Next
	}
}
