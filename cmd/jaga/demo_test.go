package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// running is a server of this process, and the commands beside it.
type running struct {
	t       *testing.T
	environ []string
	out     lockedBuffer
}

func startServe(t *testing.T, environ ...string) *running {
	t.Helper()
	r := &running{t: t, environ: append(environ, "JAGA_DATA="+t.TempDir())}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan int)
	go func() {
		ended <- Main(ctx, []string{"serve", "--listen", "127.0.0.1:0"}, Streams{In: strings.NewReader(""), Out: &r.out, Err: &r.out}, r.environ)
	}()
	t.Cleanup(func() {
		stop()
		if status := <-ended; status != 0 {
			t.Errorf("the server ended with %d:\n%s", status, r.out.String())
		}
	})
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		if status, _, _ := r.run("status"); status == 0 {
			return r
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("no server after a minute:\n%s", r.out.String())
		}
	}
}

// run runs a command beside the server.
func (r *running) run(args ...string) (status int, out, errs string) {
	var o, e bytes.Buffer
	status = Main(r.t.Context(), args, Streams{In: strings.NewReader(""), Out: &o, Err: &e}, r.environ)
	return status, o.String(), e.String()
}

// must is run for what has to work.
func (r *running) must(args ...string) string {
	r.t.Helper()
	status, out, errs := r.run(args...)
	if status != 0 {
		r.t.Fatalf("jaga %s ended with %d: %s\n%s", strings.Join(args, " "), status, errs, r.out.String())
	}
	return out
}

// visitor is somebody who is signed in to the console.
type visitor struct {
	t    *testing.T
	base string
	http *http.Client
}

// signIn signs somebody in: the person with the number, or whoever runs the
// installation.
func (r *running) signIn(number ...string) *visitor {
	r.t.Helper()
	link, err := url.Parse(strings.TrimSpace(r.must(append([]string{"sign-in"}, number...)...)))
	if err != nil {
		r.t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	v := &visitor{r.t, link.Scheme + "://" + link.Host, &http.Client{Jar: jar}}
	resp, err := v.http.PostForm(v.base+"/sign-in", url.Values{"token": {link.Query().Get("token")}})
	if err != nil {
		r.t.Fatal(err)
	}
	_ = resp.Body.Close()
	return v
}

// page fetches a page, which must be there.
func (v *visitor) page(path string) string {
	v.t.Helper()
	resp, err := v.http.Get(v.base + path)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		v.t.Errorf("%s: %s, %v", path, resp.Status, err)
	}
	return string(text)
}

// filled makes sure that a page has its data, and none of the notes by which
// pages say that there is nothing.
func (v *visitor) filled(path string, wants ...string) {
	v.t.Helper()
	page := v.page(path)
	if strings.Contains(page, `class="empty`) {
		v.t.Errorf("%s shows that there is nothing", path)
	}
	for _, w := range wants {
		if !regexp.MustCompile(w).MatchString(page) {
			v.t.Errorf("%s has no %q", path, w)
		}
	}
}

// After a minute every page of the console has something to show, and a second
// run changes nothing.
func TestDemoFillsEveryPage(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("fills an installation")
	}
	r := startServe(t)
	var first demoTally
	if err := json.Unmarshal([]byte(r.must("demo", "--json", "-q", "--count", "5", "--every", "1ms")), &first); err != nil {
		t.Fatal(err)
	}
	if n := first.Made; n.Already || n.People < 12 || n.Banks < 3 || n.Items < 100 || n.Conversations < 30 || n.Reports < 50 || n.Cases < 100 || n.Decisions < 100 || n.Messages < 8 {
		t.Errorf("made %+v", n)
	}
	if first.Made.Stream == "" || first.Made.Without != "" {
		t.Errorf("no stream: %+v", first.Made)
	}
	if first.Sent != 5 || first.Found == 0 || first.Found != first.Copies {
		t.Errorf("the stream: %+v", first)
	}
	second := r.must("demo", "--count", "1", "--every", "1ms")
	n := first.Made
	if want := fmt.Sprintf("Filled already: %d people, %d banks, %d items, %d conversations with findings, %d reports, ", n.People, n.Banks, n.Items+5, n.Conversations, n.Reports); !strings.Contains(second, want) || !strings.Contains(second, "See them at http") {
		t.Errorf("the second run says %s, want %s", second, want)
	}

	v := r.signIn()
	bars := `<rect class="bar-`
	for _, p := range []struct {
		path  string
		wants []string
	}{
		{"/", []string{"Your cases", "For you to read", "Overdue", "codes of their pictures", "Found last in conversations", bars}},
		{"/cases", []string{"Child in danger now", "Live abuse", "Threat", "Contact", "New material", "Known material", "On hold", "Overdue", "has it open", "Opened again", "Second review", "DEMO: past a deadline", "DEMO: threats that wait"}},
		{"/cases?held=1", []string{"On hold"}}, {"/cases?overdue=1", []string{"Overdue"}},
		{"/items", []string{"Nothing found", "Not checked|not checked", "picture \\d+"}},
		{"/conversations", []string{"Signs of sexual extortion", "Signs of grooming", "Signs of live-streamed abuse", bars}},
		{"/messages", []string{"Read first", "Overdue", "DEMO Indah", "Answered *<b>2|Answered"}}, {"/messages?state=answered", nil}, {"/messages?state=closed", nil},
		{"/banks", []string{"DEMO_PARTNER", "DEMO_HARMLESS", "Waits for a person"}}, {"/banks/DEMO", []string{"picture 12"}},
		{"/rules", []string{"demo-threats-first", "waits for a second person", "draft", "shadow", "active"}}, {"/rules/demo-many-signs", []string{bars}},
		{"/look/me", []string{"You looked for [1-9]", bars}}, {"/look/team", []string{"The team looked for [1-9]", bars}},
		{"/statistics", []string{"Cohen&#39;s kappa is|Cohen.s kappa is", "second reviews for", "decisions were right", bars}}, {"/golds", []string{"decisions were right"}},
		{"/custody", []string{"case.decided", "Signed"}}, {"/system", []string{"Check the custody log"}},
		{"/webhooks", []string{"DEMO platform", "Delivered", "Given up +<b>[1-9]|Given up", bars}}, {"/webhooks?show=dead", []string{"503"}},
		{"/keys", []string{"DEMO forum", "DEMO old key"}}, {"/people", []string{"DEMO Ayu", "Senior reviewer", "Auditor", "Hotline", "Statistics", "Disabled"}},
		{"/webhooks?show=waiting", []string{"until its webhook is switched on", "A case was decided"}},
		{"/plugins", []string{"demo-classifier", "Answers", "demo-matcher"}},
		{"/evidence", []string{"How it works"}}, {"/evidence/holds", []string{"DEMO police", "DEMO court"}}, {"/evidence/holds?show=past", []string{"DEMO-9/2026"}},
		{"/evidence/destructions", []string{"Waits for a second person|DEMO Gita"}}, {"/evidence/destructions/1", []string{"DEMO-22/2026", "Destroy for good", `<nav class="wide"`}}, {"/evidence/destructions/3", []string{"Certificate"}},
		{"/evidence/exports", []string{"DEMO-25/2026", "Can be fetched", "Refused"}},
		{"/directory", []string{"DEMO chat", "Did not answer", "DEMO Indah"}}, {"/directory/demo-old", []string{"advice.demo.invalid", "old.demo.invalid"}}, {"/why", nil}, {"/account", nil},
	} {
		v.filled(p.path, p.wants...)
	}
	// The stream is alive: the scene that the bank knows comes after 20 seconds.
	stream := "/live/" + first.Made.Stream
	v.filled("/live", "DEMO stream", "1 stream is watched now")
	for began := time.Now(); !strings.Contains(v.page(stream), "match the bank DEMO"); time.Sleep(200 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatalf("nothing is found in the stream:\n%s", r.out.String())
		}
	}
	v.filled(stream, "Arranges|Viewer who directs|On screen", "is probably a child", `href="/cases/\d+"`, "demo-viewer-3")
	film := regexp.MustCompile(`/items/[0-9a-f-]+`).FindString(v.page("/items?ref=film+1%2C+cut+and+shown+again"))
	v.filled(film, "bank DEMO_FILMS", "What came in", "6 of 17 frames matched", "8 of 11 frames matched")
	v.filled(caseLink(t, v, "Also a report from a platform"), "demo-account-77", "Spread of the same material", "Platforms told of it", "Hold to show", "A user&#39;s report|A user.s report", "Power over the other")
	v.filled(caseLink(t, v, "One decides, another has to settle|Second review"), "Decided")

	// Nobody but a command on this machine can fill anything: no person, and no
	// key of the API.
	for _, key := range []string{"", strings.TrimSpace(r.must("key", "create", "any", "--scope", "banks:write"))} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.base+demoPath, nil)
		if err != nil {
			t.Fatal(err)
		}
		if key != "" {
			req.Header.Set("Authorization", "Bearer "+key)
		}
		resp, err := v.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if _ = resp.Body.Close(); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s answers %s", demoPath, resp.Status)
		}
	}

	var people []struct {
		ID   int64  `json:"id"`
		Name string `json:"name"`
	}
	if err := json.Unmarshal([]byte(r.must("people", "list", "--json")), &people); err != nil {
		t.Fatal(err)
	}
	for _, p := range people {
		if strings.Contains(p.Name, "(hotline)") {
			r.signIn(fmt.Sprint(p.ID)).filled("/intake", "call")
		}
	}
	if _, out, _ := r.run("verify"); !strings.Contains(out, "custody   ok") {
		t.Errorf("verify says %s", out)
	}
	if strings.Contains(r.out.String(), "level=ERROR") {
		t.Errorf("the server's log has errors:\n%s", r.out.String())
	}
}

// caseLink is the address of the first case in the list whose row matches.
func caseLink(t *testing.T, v *visitor, text string) string {
	t.Helper()
	want := regexp.MustCompile(text)
	for row := range strings.SplitSeq(v.page("/cases"), "<tr") {
		if link := regexp.MustCompile(`/cases/\d+`).FindString(row); link != "" && want.MatchString(row) {
			return link
		}
	}
	t.Fatalf("no row has %q", text)
	return ""
}

// Some days are filled on both databases: a case in every state, nothing that
// contradicts its events, times in the past and a log that was not dated back.
func TestDemoDays(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("fills an installation")
	}
	ctx, began := t.Context(), time.Now()
	// Without ffmpeg, so it says that there is neither a film nor a stream.
	s := openTestSite(t, "JAGA_STORE_URL="+storetest.Postgres(t), "JAGA_LIVE_FFMPEG="+filepath.Join(t.TempDir(), "none"))
	if id, err := s.demoStream(ctx); id != "" || err != nil {
		t.Errorf("a stream without ffmpeg: %q, %v", id, err)
	}
	if text := (demoMade{Without: "ffmpeg is not installed"}).String(); !strings.HasSuffix(text, "Without a film and a live stream: ffmpeg is not installed.") {
		t.Errorf("it says %q", text)
	}
	days := []int64{}
	if err := s.fillDemo(ctx, 5, func(done int64) { days = append(days, done) }); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(days, []int64{0, 1, 2, 3, 4}) {
		t.Errorf("it told of the days %v", days)
	}
	if _, err := s.verify(ctx); err != nil {
		t.Error(err)
	}
	states := map[casework.State]int{}
	risks := map[casework.Risk]int{}
	var old int
	page := casework.Filter{Limit: 500}
	list, err := s.work.cases.List(ctx, page)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list.Cases {
		states[c.State]++
		risks[c.Risk]++
		if time.UnixMicro(c.OpenedAt).Before(began.Add(-48 * time.Hour)) {
			old++
		}
		if err := s.work.cases.Check(ctx, c.ID); err != nil {
			t.Error(err)
		}
	}
	for _, state := range casework.States() {
		if state != casework.StateReported && state != casework.StateFollowUp && states[state] == 0 {
			t.Errorf("no case is in the state %s", state)
		}
	}
	for _, risk := range casework.Risks() {
		if risks[risk] == 0 {
			t.Errorf("no case has the risk %d", risk)
		}
	}
	if old < 5 {
		t.Errorf("%d cases are older than two days", old)
	}
	if err := s.db.View(ctx, func(tx *store.Tx) error {
		records, err := store.CustodyPage(tx, store.CustodyFilter{}, -1, 500)
		for _, r := range records {
			if r.At < began.UnixMicro() {
				t.Errorf("record %d was dated back to %s", r.Seq, time.UnixMicro(r.At))
			}
			if _, ok := custody.Meaning("en", r.Action); !ok {
				t.Errorf("nobody explains %s", r.Action)
			}
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}

// An installation with data of its own, or with settings that reach people, is
// not filled, and nothing of it changes.
func TestDemoRefuses(t *testing.T) {
	t.Parallel()
	for name, environ := range map[string][]string{"a message box": {"JAGA_TELL_TEAM=us", "JAGA_TELL_HOURS=daily 00:00-24:00", "JAGA_TELL_ZONE=Asia/Jakarta", "JAGA_TELL_ANSWER_WITHIN=4h"}, "codes of pictures": {"JAGA_GUIDE_TAKEDOWN=true"},
		"a provider": {"JAGA_OIDC_ISSUER=https://login.example.org"}, "copies outside": {"JAGA_CUSTODY_EXPORT_FILE=/x/y"}, "an own network": {"JAGA_HOOKS_INTERNAL=hooks.example"}} {
		cfg, err := LoadConfig("", t.TempDir(), environ)
		if err != nil {
			t.Fatal(err)
		}
		if err := cfg.demoAllowed(); jaga.CodeOf(err) != jaga.CodeDenied {
			t.Errorf("%s: %v", name, err)
		}
	}
	ours := openTestSite(t)
	if filled, err := demoFresh(t.Context(), ours.db); filled || err != nil {
		t.Errorf("a new installation: %v, %v", filled, err)
	}
	for what, do := range map[string]func(*site) error{
		"another person": func(s *site) error {
			if _, _, err := s.auth.Operator(t.Context()); err != nil {
				return err
			}
			_, _, err := s.auth.Invite(t.Context(), "system", "Sari", "", nil)
			return err
		},
		"a file": func(s *site) error { upload(t, s, "account-a", []byte("a file")); return nil },
		"a run that was cut off": func(s *site) error {
			return s.db.Update(t.Context(), custody.Event{Actor: "local", Action: demoBegin}, func(*store.Tx) error { return nil })
		},
	} {
		s := openTestSite(t)
		if err := do(s); err != nil {
			t.Fatal(err)
		}
		if filled, err := demoFresh(t.Context(), s.db); filled || err == nil {
			t.Errorf("with %s it is filled: %v", what, err)
		}
	}
}
