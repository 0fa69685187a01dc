package auth_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
)

// rights is what every role may do, written out a second time so that a change
// of the table is seen: reviewer, senior, administrator, auditor, hotline,
// statistics.
var rights = map[auth.Capability]string{
	"cases.read":          "x x . x x .",
	"cases.decide":        "x x . . . .",
	"cases.second":        ". x . . . .",
	"cases.assign":        ". x . . . .",
	"cases.escalate":      "x x . . . .",
	"cases.hold":          "x x . . . .",
	"cases.merge":         ". x . . . .",
	"evidence.look":       "x x . . . .",
	"evidence.read":       "x x x x . .",
	"evidence.export":     ". x . . . .",
	"evidence.destroy":    ". x x . . .",
	"evidence.legal_hold": ". x x . . .",
	"hotline.intake":      ". . . . x .",
	"messages.answer":     ". x . . x .",
	"account.own":         ". . . . . .", // of everybody who is signed in
	"exposure.own":        "x x x . x .",
	"items.read":          "x x x x . .",
	"items.check":         "x x . . . .",
	"findings.read":       "x x . x . .",
	"excerpts.open":       "x x . . . .",
	"banks.read":          "x x x x . .",
	"banks.write":         ". x x . . .",
	"reported.decide":     "x x . . . .",
	"directory.read":      "x x x x x .",
	"directory.write":     ". x x . x .",
	"rules.read":          ". x x x . .",
	"rules.write":         ". x . . . .",
	"rules.approve":       ". x x . . .",
	"statistics.read":     ". x x x . x",
	"custody.read":        ". . x x . .",
	"system.read":         ". x x x . .",
	"system.settings":     ". . x . . .",
	"vault.keys":          ". . x . . .",
	"webhooks.manage":     ". . x . . .",
	"plugins.manage":      ". . x . . .",
	"keys.manage":         ". . x . . .",
	"people.manage":       ". . x . . .",
}

func TestRights(t *testing.T) {
	t.Parallel()
	all := auth.Capabilities()
	if len(all) != len(rights) {
		t.Errorf("%d capabilities, and %d in this test", len(all), len(rights))
	}
	for _, c := range all {
		row := strings.Fields(rights[c])
		if len(row) != len(auth.Roles()) {
			t.Errorf("%s: the test has %d roles", c, len(row))
			continue
		}
		for i, r := range auth.Roles() {
			if got, want := slices.Contains(r.Capabilities(), c), row[i] == "x"; got != want {
				t.Errorf("%s may %s: %v, want %v", r, c, got, want)
			}
			who := auth.Who{Person: true, Grants: []auth.Grant{{Role: r, Queue: auth.AllQueues}}}
			if got, want := who.Can(c, "default"), row[i] == "x" || c == auth.OwnAccount; got != want {
				t.Errorf("%s.Can(%s) = %v", r, c, got)
			}
		}
		if (auth.Who{}).CanSomewhere(c) || (auth.Who{Person: true}).CanSomewhere(c) != (c == auth.OwnAccount) {
			t.Errorf("somebody without a role may %s", c)
		}
	}
	if (auth.Who{Person: true, Grants: []auth.Grant{{Role: "emperor", Queue: "*"}}}).CanSomewhere(auth.ReadCases) {
		t.Error("a role that does not exist may something")
	}
}

// A right in one queue is none in another, and more grants never take a right
// away.
func TestRightsStayInTheirQueues(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		queue := rapid.SampledFrom([]string{"default", "hotline", "night", auth.AllQueues})
		grant := rapid.Custom(func(t *rapid.T) auth.Grant {
			r := rapid.SampledFrom(auth.Roles()).Draw(t, "role")
			g := auth.Grant{Role: r, Queue: queue.Draw(t, "queue")}
			if r.Everywhere() {
				g.Queue = auth.AllQueues
			}
			return g
		})
		who := auth.Who{Person: true, Grants: rapid.SliceOfN(grant, 0, 5).Draw(t, "grants")}
		more := who
		more.Grants = append(slices.Clone(who.Grants), grant.Draw(t, "more"))
		for _, c := range auth.Capabilities() {
			for _, q := range []string{"default", "hotline", "night", "future", ""} {
				want := c == auth.OwnAccount || slices.ContainsFunc(who.Grants, func(g auth.Grant) bool {
					return slices.Contains(g.Role.Capabilities(), c) && (!c.PerQueue() || g.Queue == auth.AllQueues || g.Queue == q)
				})
				if got := who.Can(c, q); got != want {
					t.Fatalf("%v: Can(%s, %q) = %v", who.Grants, c, q, got)
				}
				if who.Can(c, q) && (!more.Can(c, q) || !who.CanSomewhere(c)) {
					t.Fatalf("%v: more grants took %s away", more.Grants, c)
				}
			}
		}
	})
}

func TestScopesOfPrograms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		scope auth.Scope
		can   auth.Capability
	}{{auth.CasesRead, auth.ReadCases}, {auth.CasesWrite, auth.Decide}, {auth.EvidenceRead, auth.ExportEvidence}, {auth.ReportsWrite, auth.HotlineIntake}, {auth.KeysWrite, auth.ManageKeys}} {
		who := auth.Who{Actor: "key:1", Scopes: []auth.Scope{c.scope}}
		for _, x := range auth.Capabilities() {
			if got := who.Can(x, "default"); got != (x == c.can) {
				t.Errorf("a key with %s: Can(%s) = %v", c.scope, x, got)
			}
		}
	}
	for _, s := range []auth.Scope{auth.EvidenceWrite, auth.Match, auth.MessagesWrite} {
		if slices.ContainsFunc(auth.Capabilities(), (auth.Who{Scopes: []auth.Scope{s}}).CanSomewhere) {
			t.Errorf("a key that hands in with %s can something else", s)
		}
	}
}

func TestParseGrant(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]auth.Grant{"reviewer": {Role: auth.Reviewer, Queue: "*"}, " senior@night-1 ": {Role: auth.Senior, Queue: "night-1"}, "administrator": {Role: auth.Administrator, Queue: "*"}} {
		got, err := auth.ParseGrant(text)
		if err != nil || got != want || got.String() != strings.TrimSpace(text) {
			t.Errorf("ParseGrant(%q) = %v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "king", "reviewer@", "reviewer@Upper", "auditor@default", "statistics@default", "reviewer@a b", "reviewer@a@b"} {
		if _, err := auth.ParseGrant(bad); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("ParseGrant(%q): %v", bad, err)
		}
	}
}
