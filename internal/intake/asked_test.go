package intake_test

import (
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// An item that was compared with nothing was not checked, whatever the reason.
func TestNothingComparedIsNotChecked(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, eng := t.Context(), engine.New()
		banks, err := bank.Open(ctx, db, eng, bank.Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		s := intake.New(ctx, db, eng, media.NewDecoder(media.DefaultLimits(), 1), intake.Options{})
		ask := func(typ jaga.SignalType, names ...string) jaga.State {
			t.Helper()
			rec, err := s.Look(ctx, intake.Request{Banks: names, Signals: []jaga.Signal{{Type: typ, Value: strings.Repeat("5", 2*typ.Size())}}})
			if err != nil {
				t.Fatal(err)
			}
			return rec.Outcome.State()
		}
		want := func(what string, got, want jaga.State) {
			t.Helper()
			if got != want {
				t.Errorf("%s: %s, want %s", what, got, want)
			}
		}
		add := func(name string, role jaga.Role, typ jaga.SignalType) int64 {
			t.Helper()
			set := bank.Defaults(name)
			set.Role = role
			if _, err := banks.Create(ctx, "test", set); err != nil {
				t.Fatal(err)
			}
			v, err := engine.ParseValue(typ, strings.Repeat("a", 2*typ.Size()))
			if err != nil {
				t.Fatal(err)
			}
			e, err := banks.Add(ctx, "test", name, bank.NewEntry{Values: []engine.Value{v}})
			if err != nil {
				t.Fatal(err)
			}
			return e.ID
		}
		want("no bank", ask(jaga.MD5), jaga.StateNotChecked)
		add("ALLOWED", jaga.RoleAllow, jaga.MD5)
		want("an allow bank alone", ask(jaga.MD5), jaga.StateNotChecked)
		entry := add("KNOWN", jaga.RoleMatch, jaga.MD5)
		want("a bank", ask(jaga.MD5), jaga.StateClear)
		want("the bank by name", ask(jaga.MD5, "KNOWN"), jaga.StateClear)
		want("another type", ask(jaga.SHA1), jaga.StateNotChecked)
		want("a bank that is not there", ask(jaga.MD5, "NOWHERE"), jaga.StateNotChecked)
		if err := banks.Rebuild(ctx, nil); err != nil {
			t.Fatal(err)
		}
		want("after a rebuild", ask(jaga.MD5), jaga.StateClear)
		if _, err := banks.Update(ctx, "test", "KNOWN", func(s *bank.Settings) { s.EnabledRatio = 0 }); err != nil {
			t.Fatal(err)
		}
		want("a bank that is switched off", ask(jaga.MD5), jaga.StateNotChecked)
		if _, err := banks.Update(ctx, "test", "KNOWN", func(s *bank.Settings) { s.EnabledRatio = 1 }); err != nil {
			t.Fatal(err)
		}
		id, err := banks.Delete(ctx, "test", "KNOWN")
		if err != nil {
			t.Fatal(err)
		}
		want("a bank that was deleted", ask(jaga.MD5), jaga.StateNotChecked)
		if _, err := banks.Restore(ctx, "test", id); err != nil {
			t.Fatal(err)
		}
		want("a bank that was restored", ask(jaga.MD5), jaga.StateClear)
		if _, err := banks.DeleteEntry(ctx, "test", "KNOWN", entry); err != nil {
			t.Fatal(err)
		}
		want("a bank whose entry was deleted", ask(jaga.MD5), jaga.StateNotChecked)
	})
}
