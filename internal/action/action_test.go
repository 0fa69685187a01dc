package action_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/store"
)

// TestLifeOfAnAction follows a hold from the decision to the platform's answer
// and its release.
func TestLifeOfAnAction(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db, options()).run()
		rec := newReceiver(t, nil)
		target, secret := w.add("platform", rec.URL+"/hook?token=abc")
		a := w.start(hold(12))
		w.settled(target)
		if rec.count() != 1 {
			t.Fatalf("%d deliveries", rec.count())
		}
		got := rec.all()[0]
		id, err := action.Verify(secret, got.header, []byte(got.body), time.Now())
		if err != nil || !strings.HasPrefix(id, "evt_") {
			t.Errorf("verify: %q, %v", id, err)
		}
		v := decode(t, got.body)
		want := `{"account":"acct-77","automatic":false,"decision":"d-1","id":"` + a.ID + `","kind":"hold","params":{"items":["post-1"]},"reason":"sextortion.threat","result_url":"https://jaga.example/v1/actions/` + a.ID + `/result","who":"person:1"}`
		if text, _ := json.Marshal(v["action"]); string(text) != want {
			t.Errorf("action\n%s, want\n%s", text, want)
		}
		if text, _ := json.Marshal(v["case"]); v["version"] != 1.0 || v["kind"] != "action.hold" || v["id"] != id || v["form"] != "sextortion" || v["band"] != "urgent" || string(text) != `{"id":12,"link":"https://jaga.example/cases/12"}` {
			t.Errorf("%s", got.body)
		}

		if err := w.Result(t.Context(), "key:7", a.ID, action.Result{Status: action.StatusRefused, Note: " the account is closed "}); err != nil {
			t.Fatal(err)
		}
		if err := w.Result(t.Context(), "key:7", a.ID, action.Result{Status: action.StatusRefused, Note: "the account is closed"}); err != nil {
			t.Fatal(err)
		}
		refused(t, w.Result(t.Context(), "key:7", a.ID, action.Result{Status: "perhaps"}), jaga.CodeInvalid, "status")
		refused(t, w.Result(t.Context(), "key:7", a.ID, action.Result{Status: action.StatusDone, Note: strings.Repeat("é", 256)}), jaga.CodeInvalid, "note")
		refused(t, w.Result(t.Context(), "key:7", "no", action.Result{Status: action.StatusDone}), jaga.CodeNotFound, "no such action")
		now, err := w.Get(t.Context(), a.ID)
		if err != nil || len(now.Results) != 1 || now.Results[0].Note != "the account is closed" || now.Results[0].Who != "key:7" || now.Delivered != 1 || now.Waiting != 0 || now.Automatic {
			t.Errorf("%+v, %v", now, err)
		}

		u, err := w.undo(a.ID)
		if err != nil {
			t.Fatal(err)
		}
		w.settled(target)
		last := decode(t, rec.all()[1].body)
		if last["kind"] != "action.undo" || last["action"].(map[string]any)["undoes"] != a.ID {
			t.Errorf("%v", last)
		}
		_, err = w.undo(a.ID)
		refused(t, err, jaga.CodeConflict, "already")
		_, err = w.undo(u.ID)
		refused(t, err, jaga.CodeConflict, "not taken back")
		_ = db.View(t.Context(), func(tx *store.Tx) error {
			list, err := action.OfCase(tx, 12)
			if err != nil || len(list) != 2 || list[0].UndoneBy != u.ID || list[1].Undoes != a.ID {
				t.Errorf("%+v, %v", list, err)
			}
			trail, err := store.CustodyTrail(tx, action.Subject(a.ID), 10)
			if err != nil || len(trail) != 2 || trail[0].Action != "action.start" || trail[0].Actor != "person:1" || trail[1].Action != "action.result" {
				t.Errorf("%+v, %v", trail, err)
			}
			for _, r := range trail {
				if strings.Contains(r.Detail, "acct-77") || strings.Contains(r.Detail, "closed") {
					t.Errorf("the custody log holds personal text: %s", r.Detail)
				}
			}
			return nil
		})
	})
}

// TestBothOrNeither aborts the transaction of an action, and emits an event
// that no target takes.
func TestBothOrNeither(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db, options()).run()
		rec := newReceiver(t, nil)
		id, _ := w.add("cases", rec.URL, action.EventCaseOpened)
		_ = db.Bulk(t.Context(), func(tx *store.Tx) error {
			if n, err := w.Emit(tx, action.Event{Kind: action.EventCaseOpened, Case: 1}); err != nil || n != 1 {
				t.Errorf("%d targets, %v", n, err)
			}
			return os.ErrClosed
		})
		if a := w.start(hold(1)); a.Waiting != 0 {
			t.Errorf("a target that takes opened cases takes %d holds", a.Waiting)
		}
		if err := db.Bulk(t.Context(), func(tx *store.Tx) error {
			_, err := w.Emit(tx, action.Event{Kind: action.EventCaseOpened, Case: 2})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		list := w.settled(id)
		if len(list) != 1 || rec.count() != 1 || decode(t, rec.all()[0].body)["case"].(map[string]any)["id"] != 2.0 {
			t.Errorf("%+v, %d received", list, rec.count())
		}
		_ = db.Bulk(t.Context(), func(tx *store.Tx) error {
			for _, kind := range []string{"test", "action.hold", "else"} {
				if _, err := w.Emit(tx, action.Event{Kind: kind}); err == nil {
					t.Errorf("%s was emitted", kind)
				}
			}
			return os.ErrClosed
		})
	})
}

func TestRequestsAreRefusedWhole(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db, options())
		for field, change := range map[string]func(*action.Request){
			"params":         func(r *action.Request) { r.Params = nil },
			"case":           func(r *action.Request) { r.Case = 0 },
			"form":           func(r *action.Request) { r.Form = "fifth" },
			"band":           func(r *action.Request) { r.Band = 9 },
			"account":        func(r *action.Request) { r.Params, r.Account = action.Suspend{}, "" },
			"decision":       func(r *action.Request) { r.Decision = "because She said so" },
			"rule":           func(r *action.Request) { r.Who, r.Rule = action.System, "" },
			"reason":         func(r *action.Request) { r.Reason = "He is guilty" },
			"who":            func(r *action.Request) { r.Who = "somebody" },
			"items":          func(r *action.Request) { r.Params = action.Remove{} },
			"from":           func(r *action.Request) { r.Params = action.LimitReach{From: "all"} },
			"language":       func(r *action.Request) { r.Params = action.WarnTarget{Language: "xx"} },
			"text":           func(r *action.Request) { r.Params = action.WarnTarget{Language: "en", Text: "own words"} },
			"days":           func(r *action.Request) { r.Params = action.KeepEvidence{Days: 0} },
			"queue":          func(r *action.Request) { r.Params = action.Page{Queue: "Two words", Within: 5} },
			"within_minutes": func(r *action.Request) { r.Params = action.Page{Queue: "default"} },
		} {
			r := hold(3)
			change(&r)
			err := db.Bulk(t.Context(), func(tx *store.Tx) error {
				_, err := w.Start(tx, r)
				return err
			})
			var e *jaga.Error
			if !asError(err, &e) || e.Code != jaga.CodeInvalid || e.Field != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		if err := db.View(t.Context(), func(tx *store.Tx) error {
			n, err := store.One[int64](tx, `SELECT COUNT(*) FROM actions`)
			if n != 0 {
				t.Errorf("%d were started", n)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	})
}

func asError(err error, e **jaga.Error) bool {
	x, ok := err.(*jaga.Error)
	*e = x
	return ok
}

// TestAutomaticActionsSaySo tells a rule's action from a person's.
func TestAutomaticActionsSaySo(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db, options())
		r := hold(3)
		r.Who, r.Rule, r.Decision = action.System, "hold-threats.3", ""
		if a := w.start(r); !a.Automatic || a.Rule != "hold-threats.3" {
			t.Errorf("%+v", a)
		}
		r.Who = "person:4" // a person took the rule's advice
		if a := w.start(r); a.Automatic {
			t.Errorf("%+v", a)
		}
	})
}

// TestSafetyMessages reads every message as a frightened child would get it.
func TestSafetyMessages(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db, options())
		for _, lang := range []string{"en", "id"} {
			for _, form := range append(jaga.Forms(), "") {
				r := hold(1)
				r.Form, r.Params = form, action.WarnTarget{Language: lang}
				var p action.WarnTarget
				if err := json.Unmarshal(w.start(r).Params, &p); err != nil {
					t.Fatal(err)
				}
				if p.Guide != "https://jaga.example/guide/"+lang || len(p.Title) < 10 || len(p.Text) < 100 || len(p.Text) > 400 || strings.Contains(p.Title+p.Text, "!") {
					t.Errorf("%s %s: %+v", lang, form, p)
				}
				calm := map[string][]string{"en": {"not your fault", "nothing wrong"}, "id": {"bukan salahmu", "tidak melakukan kesalahan"}}[lang]
				if !strings.Contains(p.Text, calm[0]) && !strings.Contains(p.Text, calm[1]) {
					t.Errorf("%s %s does not say that it is nobody's fault: %s", lang, form, p.Text)
				}
			}
		}
	})
}

// TestSchema compares the published schema with the types, and its examples
// with both.
func TestSchema(t *testing.T) {
	t.Parallel()
	var schema struct {
		Defs map[string]struct {
			Properties map[string]struct{} `json:"properties"`
			Required   []string            `json:"required"`
			Additional *bool               `json:"additionalProperties"`
			Examples   []json.RawMessage   `json:"examples"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(action.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	types := []action.Params{action.Hold{}, action.LimitReach{}, action.WarnTarget{}, action.Remove{}, action.Suspend{}, action.KeepEvidence{}, action.Page{}, action.Webhook{}}
	if len(types) != len(action.Kinds())+1 { // only rules start the last one
		t.Errorf("%d types for %d kinds", len(types), len(action.Kinds()))
	}
	for _, p := range types {
		def, ok := schema.Defs[string(p.Kind())]
		if !ok || len(def.Examples) == 0 {
			t.Errorf("%s has no schema with an example", p.Kind())
			continue
		}
		var fields, must []string
		for f := range reflect.TypeOf(p).Fields() {
			name, omit, _ := strings.Cut(f.Tag.Get("json"), ",")
			fields = append(fields, name)
			if omit == "" {
				must = append(must, name)
			}
		}
		var have []string
		for name := range def.Properties {
			have = append(have, name)
		}
		slices.Sort(fields)
		slices.Sort(have)
		slices.Sort(must)
		slices.Sort(def.Required)
		if !slices.Equal(fields, have) || !slices.Equal(must, def.Required) {
			t.Errorf("%s: schema %v required %v, type %v required %v", p.Kind(), have, def.Required, fields, must)
		}
		for _, text := range def.Examples {
			v := reflect.New(reflect.TypeOf(p))
			dec := json.NewDecoder(strings.NewReader(string(text)))
			dec.DisallowUnknownFields()
			if err := dec.Decode(v.Interface()); err != nil {
				t.Errorf("%s: %v: %s", p.Kind(), err, text)
				continue
			}
			if back, _ := json.Marshal(v.Interface()); !sameJSON(t, back, text) {
				t.Errorf("%s: example %s is %s", p.Kind(), text, back)
			}
		}
	}
	var kinds struct {
		Properties struct {
			Kind struct{ Enum []string }
		}
	}
	if err := json.Unmarshal(action.Schema(), &kinds); err != nil || !slices.Equal(kinds.Properties.Kind.Enum, append(action.EventKinds(), "action.webhook", action.EventTest)) {
		t.Errorf("kinds in the schema: %v, %v", kinds.Properties.Kind.Enum, err)
	}
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	if err := json.Unmarshal(a, &x); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &y); err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(x, y)
}

// TestTargets adds, rotates, switches and removes.
func TestTargets(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		dir := t.TempDir()
		opt := options()
		opt.SecretDir = dir
		w := open(t, db, opt).run()
		ctx := t.Context()
		for field, n := range map[string]action.NewTarget{
			"name": {URL: "https://h.example"}, "url": {Name: "a", URL: "http://h.example"}, "kinds": {Name: "a", URL: "https://h.example", Kinds: []string{"action.pay"}},
			"secret_file": {Name: "a", URL: "https://h.example", SecretFile: "../identity.json"},
		} {
			_, _, err := w.AddTarget(ctx, "person:1", n)
			var e *jaga.Error
			if !asError(err, &e) || e.Field != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		for _, url := range []string{"", "h.example", "ftp://h.example", "https://", "https://u:p@h.example", "https://h.example/#x", "https://h.example:", "javascript:alert(1)"} {
			_, _, err := w.AddTarget(ctx, "person:1", action.NewTarget{Name: "a", URL: url})
			refused(t, err, jaga.CodeInvalid, "")
		}
		rec := newReceiver(t, nil)
		id, first := w.add("a", rec.URL)
		_, _, err := w.AddTarget(ctx, "person:1", action.NewTarget{Name: "a", URL: rec.URL})
		refused(t, err, jaga.CodeConflict, "name")

		second, err := w.Rotate(ctx, "person:1", id)
		if err != nil || second == first {
			t.Fatal(err)
		}
		w.start(hold(1))
		w.settled(id)
		for _, secret := range []string{first, second} {
			if _, err := action.Verify(secret, rec.all()[0].header, []byte(rec.all()[0].body), time.Now()); err != nil {
				t.Errorf("during the rotation: %v", err)
			}
		}
		// A clock that is past the rotation signs with the new one only.
		late := opt
		late.Now = func() time.Time { return time.Now().Add(action.RotationTime + time.Minute) }
		if _, err := open(t, db, late).Test(ctx, "person:1", id); err != nil {
			t.Fatal(err)
		}
		last := rec.all()[1]
		if _, err := action.Verify(first, last.header, []byte(last.body), late.Now()); err == nil {
			t.Error("the old secret signs after the rotation")
		}
		if _, err := action.Verify(second, last.header, []byte(last.body), late.Now()); err != nil {
			t.Error(err)
		}

		// What waits while a target is off is sent when it is on.
		if err := w.Enable(ctx, "person:1", id, false); err != nil {
			t.Fatal(err)
		}
		if a := w.start(hold(2)); a.Waiting != 0 {
			t.Error("a target that is off is told of something")
		}
		if err := w.Enable(ctx, "person:1", id, true); err != nil {
			t.Fatal(err)
		}
		if err := w.Remove(ctx, "person:1", id); err != nil {
			t.Fatal(err)
		}
		refused(t, w.Remove(ctx, "person:1", id), jaga.CodeNotFound, "")
		w.add("a", rec.URL) // the name is free

		// A secret in a file, with two during a rotation.
		if err := os.WriteFile(filepath.Join(dir, "forum"), []byte(second+"\n"+first+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		target, shown, err := w.AddTarget(ctx, "person:1", action.NewTarget{Name: "file", URL: rec.URL, SecretFile: "forum"})
		if err != nil || shown != "" {
			t.Fatal(shown, err)
		}
		_, err = w.Rotate(ctx, "person:1", target.ID)
		refused(t, err, jaga.CodeConflict, "file")
		if r, err := w.Test(ctx, "person:1", target.ID); err != nil || !r.OK || r.Status != 204 {
			t.Errorf("%+v, %v", r, err)
		}
		got := rec.all()[rec.count()-1]
		if n := len(strings.Fields(got.header.Get(action.HeaderSignature))); n != 2 {
			t.Errorf("%d signatures", n)
		}
		// No secret is in the database or the custody log.
		_ = db.View(ctx, func(tx *store.Tx) error {
			rows, err := store.All[struct{ Secret, Previous []byte }](tx, `SELECT secret, COALESCE(previous, secret) FROM hook_targets`)
			for _, r := range rows {
				for _, s := range []string{first, second, "whsec"} {
					if strings.Contains(string(r.Secret)+string(r.Previous), s) {
						t.Error("a secret is stored as it is")
					}
				}
			}
			records, err2 := store.All[custody.Record](tx, `SELECT seq, at, actor, action, subject, detail FROM custody_records`)
			var seen []string
			for _, r := range records {
				seen = append(seen, r.Action)
				if strings.Contains(r.Detail, "127.0.0.1") || strings.Contains(r.Detail, "whsec") {
					t.Errorf("the custody log holds an address or a secret: %s", r.Detail)
				}
			}
			for _, want := range []string{"hook.add", "hook.rotate", "hook.disable", "hook.enable", "hook.remove", "hook.test", "action.start"} {
				if !slices.Contains(seen, want) {
					t.Errorf("no record of %s", want)
				}
			}
			if err != nil || err2 != nil {
				t.Error(err, err2)
			}
			return nil
		})
	})
}
