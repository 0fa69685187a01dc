package console_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/plugin"
	"github.com/jaga-project/jaga/internal/plugin/plugintest"
)

// talkModel is a language model that can be taken down.
type talkModel struct {
	plugintest.Model
	down atomic.Bool
}

// ServeHTTP answers as a model does, or with 500.
func (m *talkModel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if m.down.Load() {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	m.Write = func(string, string) string {
		return `{"cannot_tell":false,"signs":[{"id":"G-13","score":0.8},{"id":"S-04","score":0.1}]}`
	}
	m.Model.ServeHTTP(w, r)
}

// second asks as the server does.
func (m *talkModel) second(talk *converse.Service, plugs *plugin.Service) func(context.Context, string, int64, string) (plugin.Asked, error) {
	return func(ctx context.Context, who string, id int64, finding string) (plugin.Asked, error) {
		lines, err := talk.Excerpt(ctx, who, finding)
		if err != nil {
			return plugin.Asked{}, err
		}
		q := plugin.Question{Case: id, Finding: finding, Who: who, Band: jaga.BandReview, Signs: []indicator.ID{"G-13", "S-04"}, Lines: []plugin.Line{{Who: "A", Text: "x"}}}
		for range lines {
			q.Lines = append(q.Lines, plugin.Line{Who: "B", Text: "y"})
		}
		return plugs.Second(ctx, q)
	}
}

// TestSecondOpinion: a person asks, the answer is advice with what it was given,
// a failure is no opinion with the reason, the case stays as it is, and nobody who
// has still to answer blind sees or asks.
func TestSecondOpinion(t *testing.T) {
	cases(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		room := w.findings(converse.Filter{Conversation: "room-7"})[0]
		id := w.finding(casework.Finding{Kind: casework.KindConversation, Ref: room.ID, Queue: "north", Form: jaga.FormGrooming, Band: jaga.BandReview, Account: room.Finding.From, Conversation: "room-7", At: room.At})
		urgent := w.finding(casework.Finding{Kind: casework.KindText, Ref: "1", Queue: "north", Text: "x", Form: jaga.FormGrooming, Band: jaga.BandUrgent})
		path := caseAt(id, "")
		r := w.reviewer("Rina", "north", auth.Reviewer)
		want(t, "before", r.page(path), "Second opinion", "Ask the model", "go to small-7b", "Questions left today: 4 of 4")
		unwanted(t, "not for review", r.page(caseAt(urgent, "")), "Second opinion")
		before, _, err := w.work.Get(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		form := url.Values{"finding": {room.ID}}
		body := r.done(caseAt(id, "second"), form)
		want(t, "answered", body, "The model has answered. It is advice.", "The model rates:", "G-13", "shows clearly", "hardly shows", "small-7b", "asked by Rina", "with letters in the place of names", "these signs: G-13, S-04", "Questions left today: 3 of 4", "A language model was asked for a second opinion")
		w.model.down.Store(true)
		want(t, "down", r.done(caseAt(id, "second"), form), "There is no opinion. Nothing else changes.", "No opinion:", "It answered with status 500")
		after, _, err := w.work.Get(ctx, id)
		if err != nil || after.Status != before.Status {
			t.Errorf("the case changed: %+v, was %+v, %v", after.Status, before.Status, err)
		}
		for _, bad := range []struct {
			path string
			form url.Values
		}{{caseAt(id, "second"), url.Values{"finding": {"other"}}}, {caseAt(urgent, "second"), form}} {
			if a := r.post(bad.path, bad.form); a.status != http.StatusConflict {
				t.Errorf("%v: %d", bad, a.status)
			}
		}
		if a := w.member(auth.Grant{Role: auth.Hotline, Queue: "north"}).post(caseAt(id, "second"), form); a.status != http.StatusForbidden {
			t.Errorf("without the right: %d", a.status)
		}
		// The second person answers before they see any of it.
		w.model.down.Store(false)
		r.done(caseAt(id, "take"), nil)
		r.done(caseAt(id, "decide"), answerForm(r, id, "confirmed", url.Values{"note": {"twice"}}))
		other := w.reviewer("Sari", "north", auth.Senior)
		other.done(caseAt(id, "take"), nil)
		body = other.page(path)
		want(t, "blind", body, "This part opens when you have answered")
		unwanted(t, "blind", body, "The model rates", "shows clearly", "Ask the model", "It answered with status 500")
		asked := len(w.model.Asked())
		if a := other.post(caseAt(id, "second"), form); a.status != http.StatusConflict || len(w.model.Asked()) != asked || strings.Contains(a.body, "shows clearly") {
			t.Errorf("asked while blind: %d", a.status)
		}
		other.done(caseAt(id, "decide"), answerForm(other, id, "confirmed", nil))
		want(t, "answered", other.page(path), "The model rates:", "shows clearly")
		w.lang = "id"
		want(t, "Indonesian", w.page(path), "Pendapat kedua", "Penilaian model:", "tampak jelas", "Tidak ada pendapat:")
	})
}
