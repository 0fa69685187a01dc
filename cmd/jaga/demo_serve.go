package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/web"
)

// demoPath is where `jaga demo` asks the server on this machine to fill the
// installation. It is no part of the API: it answers the key that the server
// keeps in memory for commands of its own user, and nobody else.
const demoPath = "/local/demo"

// The custody actions of a demonstration. They are how it knows itself again.
const (
	demoBegin  = "demo.begin"
	demoFilled = "demo.filled"
)

// demoLine is one line of the answer: how far it is, and last what was made or
// what went wrong.
type demoLine struct {
	Done    int64     `json:"done"` // days of the past that were filled
	Total   int64     `json:"total"`
	Made    *demoMade `json:"made,omitempty"`
	Problem *problem  `json:"problem,omitempty"`
}

// demoMade counts what is there.
type demoMade struct {
	// Already is true when an earlier run had made it.
	Already       bool  `json:"already"`
	People        int64 `json:"people"`
	Banks         int64 `json:"banks"`
	Items         int64 `json:"items"`
	Conversations int64 `json:"conversations"`
	Reports       int64 `json:"reports"`
	Cases         int64 `json:"cases"`
	Decisions     int64 `json:"decisions"`
	Messages      int64 `json:"messages"`
	// Stream is the watch of the stream that runs for some minutes, Without why
	// there is none.
	Stream  string `json:"stream,omitempty"`
	Without string `json:"without,omitempty"`
}

// demoPart answers demoPath.
func (a *app) demoPart(s *site) web.Part {
	return web.Part{Owns: func(path string) bool { return path == demoPath }, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, _ := auth.From(r.Context())
		if who.Actor != auth.LocalActor || r.Method != http.MethodPost {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/x-ndjson")
		out, flush := json.NewEncoder(w), http.NewResponseController(w)
		say := func(l demoLine) {
			// Who asked may be gone; the filling goes on all the same.
			_ = out.Encode(l)
			_ = flush.Flush()
		}
		// Half a demonstration would be worse than none, so it does not end with
		// the request.
		made, err := a.fillDemo(context.WithoutCancel(r.Context()), s, func(done, total int64) { say(demoLine{Done: done, Total: total}) })
		if err != nil {
			say(demoLine{Problem: &problem{Code: jaga.CodeOf(err), Detail: err.Error(), Hint: hintOf(err)}})
			return
		}
		say(demoLine{Made: &made})
	})}
}

// demoDays is how much of the past is filled, in days: within the time for which
// items are kept.
const demoDays = 28

// fillDemo fills the installation of the site, or says why it does not.
func (a *app) fillDemo(ctx context.Context, s *site, progress func(done, total int64)) (made demoMade, err error) {
	if !s.demo.TryLock() {
		return made, errorf(jaga.CodeConflict, "wait until it is done", "fill the demonstration: it is being filled already")
	}
	defer s.demo.Unlock()
	if err := a.cfg.demoAllowed(); err != nil {
		return made, err
	}
	filled, err := demoFresh(ctx, s.db)
	if err != nil {
		return made, err
	}
	if !filled {
		event := func(action string) custody.Event {
			return custody.Event{Actor: auth.LocalActor, Action: action, Subject: "demo"}
		}
		nothing := func(*store.Tx) error { return nil }
		if err := s.db.Update(ctx, event(demoBegin), nothing); err != nil {
			return made, err
		}
		if err := s.fillDemo(ctx, demoDays, func(done int64) { progress(done, demoDays) }); err != nil {
			return made, fmt.Errorf("fill the demonstration: %w", err)
		}
		if err := s.db.Update(ctx, event(demoFilled), nothing); err != nil {
			return made, err
		}
		s.checkpoint(ctx)
		if err := s.proof.AskVerify(ctx, auth.LocalActor); err != nil {
			return made, err
		}
	}
	made.Already = filled
	if made.Stream, err = s.demoStream(ctx); err != nil {
		return made, fmt.Errorf("show the stream of the demonstration: %w", err)
	}
	switch {
	case s.ffmpeg == "":
		made.Without = "ffmpeg is not installed"
	case made.Stream == "":
		made.Without = "ffmpeg cannot make films here; the server's log says why"
	}
	return made, s.db.View(ctx, made.count)
}

// String says it in a line.
func (m demoMade) String() string {
	was := "Filled with sample data"
	if m.Already {
		was = "Filled already"
	}
	text := fmt.Sprintf("%s: %d people, %d banks, %d items, %d conversations with findings, %d reports, %d cases, %d decisions, %d messages.",
		was, m.People, m.Banks, m.Items, m.Conversations, m.Reports, m.Cases, m.Decisions, m.Messages)
	if m.Without != "" {
		text += fmt.Sprintf(" Without a film and a live stream: %s.", m.Without)
	}
	return text
}

// count counts what is there.
func (m *demoMade) count(tx *store.Tx) (err error) {
	for _, c := range []struct {
		n    *int64
		text string
	}{
		{&m.People, `SELECT COUNT(*) FROM people`}, {&m.Banks, `SELECT COUNT(*) FROM banks WHERE deleted_at = 0`}, {&m.Items, `SELECT COUNT(*) FROM items`},
		{&m.Conversations, `SELECT COUNT(DISTINCT conversation) FROM talk_findings`}, {&m.Reports, `SELECT COUNT(*) FROM tip_sent`}, {&m.Cases, `SELECT COUNT(*) FROM cases`},
		{&m.Decisions, `SELECT COUNT(*) FROM case_decisions`}, {&m.Messages, `SELECT COUNT(*) FROM tell_messages`},
	} {
		if *c.n, err = store.One[int64](tx, c.text); err != nil {
			return err
		}
	}
	return nil
}

// demoAllowed refuses to fill an installation whose settings reach anybody
// outside.
func (c *Config) demoAllowed() error {
	for _, c := range []struct {
		field string
		set   bool
	}{
		{"tell.team", c.Tell.Team != ""}, {"guide.takedown", c.Guide.Takedown}, {"oidc.issuer", c.OIDC.Issuer != ""}, {"plugins", len(c.Plugins) > 0}, {"vault.s3_url", c.Vault.S3URL != ""},
		{"vault.key_command", len(c.Vault.KeyCommand) > 0}, {"custody.export_file", c.Custody.ExportFile != ""}, {"custody.tsa_url", c.Custody.TSAURL != ""}, {"hooks.internal", len(c.Hooks.Internal) > 0},
	} {
		if c.set {
			return demoRefused("the setting " + c.field + " is that of an installation in use")
		}
	}
	return nil
}

func demoRefused(why string) error {
	return errorf(jaga.CodeDenied, "give it a directory of its own: JAGA_DATA=./jaga-demo jaga serve --listen 127.0.0.1:8475, and JAGA_DATA=./jaga-demo jaga demo",
		"fill the demonstration: %s; sample data never come among real ones", why)
}

// demoFresh reports whether the installation was filled already; it is an error
// when there is anything in it that no demonstration made.
func demoFresh(ctx context.Context, db *store.DB) (filled bool, err error) {
	err = db.View(ctx, func(tx *store.Tx) error {
		began, err := store.CustodyCount(tx, store.CustodyFilter{Action: demoBegin}, 1)
		if err != nil {
			return err
		}
		ended, err := store.CustodyCount(tx, store.CustodyFilter{Action: demoFilled}, 1)
		if err != nil {
			return err
		}
		switch {
		case ended > 0:
			filled = true
			return nil
		case began > 0:
			return errorf(jaga.CodeConflict, "remove the data directory and begin anew; there is nothing but sample data in it", "fill the demonstration: an earlier run was cut off")
		}
		for _, c := range demoForeign() {
			n, err := store.One[int64](tx, c.text, c.args...)
			if err != nil {
				return err
			}
			if n > 0 {
				return demoRefused("there are " + c.what + " in this installation already")
			}
		}
		return nil
	})
	return filled, err
}

// foreign is a question for something that no demonstration has made.
type foreign struct {
	what, text string
	args       []any
}

// demoForeign lists what an installation may not hold before it is filled. The
// pictures of a demonstration that came before this one could fill, and the
// cases that opened for them, are its own.
func demoForeign() []foreign {
	out := []foreign{
		{"banks of others", `SELECT COUNT(*) FROM banks WHERE name <> $1`, []any{demoBank}},
		{"items of others", `SELECT COUNT(*) FROM items WHERE source <> $1 OR NOT (ref LIKE 'picture %, %' OR ref LIKE 'unknown picture %' OR ref = 'one colour' OR ref = 'a broken file')`, []any{auth.LocalActor}},
		{"cases of others", `SELECT COUNT(*) FROM case_findings WHERE kind <> 'media' OR source <> $1`, []any{auth.LocalActor}},
		{"other people", `SELECT COUNT(*) - 1 FROM people`, nil},
		{"rules of others", `SELECT COUNT(*) FROM policy_versions WHERE author <> 'system'`, nil},
	}
	for _, t := range [][2]string{{"watches of streams", "live_watches"}, {"messages of conversations", "talk_states"}, {"messages of conversations", "talk_journal"}, {"findings in conversations", "talk_findings"}, {"reports", "tip_sent"}, {"calls", "tip_calls"},
		{"messages of the guide", "tell_threads"}, {"codes of pictures", "takedown_cases"}, {"webhooks", "hook_targets"}, {"decisions", "case_decisions"}, {"notes", "case_notes"}, {"checks of helplines", "help_acts"}, {"looks at files", "look_reveals"}} {
		out = append(out, foreign{t[0], "SELECT COUNT(*) FROM " + t[1], nil})
	}
	return out
}
