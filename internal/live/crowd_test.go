package live

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/internal/converse"
)

func at(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }

// partOf is the part of an account in a role, or fails.
func partOf(t *testing.T, parts []Part, account, role string) Part {
	t.Helper()
	for _, p := range parts {
		if p.Account == account && p.Role == role {
			return p
		}
	}
	t.Fatalf("%s is no %s among %+v", account, role, parts)
	return Part{}
}

func signs(list []Sign) string {
	var words []string
	for _, s := range list {
		words = append(words, s.What)
	}
	return strings.Join(words, " ")
}

func direction(from string) Event {
	return Event{Type: EventAct, From: from, Act: "category", Category: "direction", Score: 0.9}
}

func TestRolesHaveEvidenceBothWays(t *testing.T) {
	t.Parallel()
	c := NewCrowd("host")
	for i, e := range []Event{
		{Type: EventJoin, From: "quiet"}, {Type: EventJoin, From: "payer"}, {Type: EventJoin, From: "fan"},
		{Type: EventChat, From: "payer", Text: "hello"},
		{Type: EventGift, From: "payer", Amount: 5}, direction("payer"), direction("payer"),
		{Type: EventGift, From: "fan", Amount: 1},
		{Type: EventPayment, From: "fan", Amount: 1, Payee: "other"},
	} {
		c.Observe(e, at(10*i), nil)
	}
	c.Observe(Event{Type: EventChat, From: "other", Text: "x"}, at(100), []indicator.ID{"L-09", "L-10"})
	parts := c.Parts(at(120), 100)
	for _, want := range []struct{ account, role, yes, no string }{
		{"host", RoleBroadcaster, "stated", "age_not_checked"},
		{"payer", RoleDirecting, "directs pays_to_direct", ""},
		{"payer", RolePayer, "pays pays_to_direct", ""},
		{"fan", RolePayer, "pays", "no_payment_tied"},
		{"other", RoleFacilitator, "speaks_for names_prices paid_instead", ""},
		{"quiet", RolePassive, "watches_minutes", "watching_alone"},
	} {
		p := partOf(t, parts, want.account, want.role)
		if signs(p.For) != want.yes || signs(p.Against) != want.no {
			t.Errorf("%s as %s: for %q against %q, want %q and %q", want.account, want.role, signs(p.For), signs(p.Against), want.yes, want.no)
		}
	}
	for _, p := range parts {
		if p.Account == "payer" && p.Role == RolePassive {
			t.Error("who directs is counted as watching only")
		}
		if p.Account == "fan" && p.Role == RoleDirecting {
			t.Error("who only gives is counted as directing")
		}
	}
}

// One wish is not directing; a gift far from it is not tied to it.
func TestOneWishIsNoRole(t *testing.T) {
	t.Parallel()
	c := NewCrowd("host")
	c.Observe(direction("fan"), at(0), nil)
	c.Observe(Event{Type: EventGift, From: "fan", Amount: 1}, at(300), nil)
	for _, p := range c.Parts(at(400), 10) {
		if p.Role == RoleDirecting || p.Role == RolePayer && signs(p.For) != "pays" {
			t.Errorf("%+v", p)
		}
	}
}

func TestRatesAndSlots(t *testing.T) {
	t.Parallel()
	c := NewCrowd("host")
	for i := range 30 {
		c.Observe(Event{Type: EventChat, From: "fan", Text: "x"}, at(4*i), nil)
	}
	c.Observe(direction("fan"), at(118), nil)
	c.Frame(at(118), true)
	r := c.Rates(at(119))
	if r.Chat < 14 || r.Chat > 18 || r.Directing != 1 || r.Gifts != 0 {
		t.Errorf("rates %+v, want about 15 messages a minute and one direction", r)
	}
	slots := c.Slots(at(110))
	if len(slots) != 1 || slots[0].Matches != 1 || slots[0].Frames != 1 || slots[0].Directing != 1 {
		t.Errorf("slots %+v", slots)
	}
	for i := range KeepSlots + 50 {
		c.Frame(start.Add(time.Duration(i)*SlotLength), false)
	}
	if n := len(c.Slots(time.Time{})); n != KeepSlots {
		t.Errorf("%d slots are kept, want %d", n, KeepSlots)
	}
	c.Frame(start.Add(-time.Hour), false) // late news does not throw newer slots away
	if n := len(c.Slots(time.Time{})); n != KeepSlots {
		t.Errorf("%d slots after one from before them", n)
	}
}

// A crowd is bounded, and says when it was too large.
func TestCrowdIsBounded(t *testing.T) {
	t.Parallel()
	c := NewCrowd("host")
	for i := range mostAccounts + 10 {
		c.Observe(Event{Type: EventJoin, From: "acc-" + string(rune('a'+i%26)) + time.Duration(i).String()}, at(i/1000), nil)
	}
	if len(c.people) > mostAccounts || !strings.Contains(strings.Join(c.Unchecked(), " "), "accounts") {
		t.Errorf("%d accounts, not checked %v", len(c.people), c.Unchecked())
	}
}

// Whether a broadcaster is a child is known from the platform or a classifier
// alone, and otherwise not checked.
func TestAgeOfTheBroadcaster(t *testing.T) {
	t.Parallel()
	c := NewCrowd("host")
	if u := c.Unchecked(); strings.Join(u, " ") != "chat payments broadcaster_age" {
		t.Errorf("not checked: %v", u)
	}
	c.Observe(Event{Type: EventChat, From: "fan", Text: "x"}, at(0), nil)
	c.Observe(Event{Type: EventGift, From: "fan"}, at(0), nil)
	unsure := 0.3
	c.Observe(Event{Type: EventPerson, Person: &converse.Participant{ID: "host", AgeBand: "13-15", Confidence: &unsure}}, at(0), nil)
	if u := c.Unchecked(); len(u) != 1 {
		t.Error("an age that nobody is sure of counts as checked")
	}
	c.Observe(Event{Type: EventPerson, Person: &converse.Participant{ID: "host", AgeBand: "13-15"}}, at(1), nil)
	p := partOf(t, c.Parts(at(2), 10), "host", RoleBroadcaster)
	if len(c.Unchecked()) != 0 || signs(p.For) != "stated likely_child" || len(p.Against) != 0 {
		t.Errorf("%+v, not checked %v", p, c.Unchecked())
	}
}

func TestEventsAreChecked(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		``, `[]`, `{}`, `{"type":"shout","from":"a"}`, `{"type":"chat","from":"a"}`, `{"type":"chat","text":"x"}`, `{"type":"speech","from":"a","text":"x"}`, `{"type":"speech","speaker":"a b","text":"x"}`, `{"type":"chat","from":"a","speaker":"s1","text":"x"}`,
		`{"type":"gift","from":"a","amount":-1}`, `{"type":"act","from":"a"}`, `{"type":"act","from":"a","act":"nothing"}`, `{"type":"person"}`,
		`{"type":"person","person":{"id":""}}`, `{"type":"join","from":"a","text":"x"}`, `{"type":"gift","from":"` + strings.Repeat("a", 600) + `"}`, `{"type":"chat","from":"a","text":"x","at":"soon"}`,
	} {
		if _, err := ParseEvent([]byte(bad)); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("%.60s: %v", bad, err)
		}
	}
	for _, good := range []string{
		`{"type":"chat","from":"a","text":"x"}`, `{"type":"speech","text":"x"}`, `{"type":"speech","speaker":"s1","text":"x"}`, `{"type":"gift","from":"a","amount":5,"currency":"USD"}`,
		`{"type":"person","person":{"id":"a","age_band":"13-15"}}`, `{"type":"screen_on","from":"a"}`, `{"type":"act","from":"a","act":"L-07"}`,
	} {
		if _, err := ParseEvent([]byte(good)); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
}

func FuzzParseEvent(f *testing.F) {
	f.Add([]byte(`{"type":"gift","from":"a","amount":5,"at":"2026-11-26T10:00:00Z","person":{"id":"a","age_band":"13-15"}}`))
	f.Add([]byte(`{"type":"speech","text":"x"}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		e, err := ParseEvent(line)
		if err != nil {
			if jaga.CodeOf(err) != jaga.CodeInvalid {
				t.Fatalf("an error that is not the sender's: %v", err)
			}
			return
		}
		// What is taken is an entry that a conversation takes.
		text, err := json.Marshal(e.entry("live/1", start, []string{"host"}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := converse.ParseEntry(text); err != nil {
			t.Fatalf("taken, and no entry: %v", err)
		}
		NewCrowd("host").Observe(e, start, nil)
	})
}
