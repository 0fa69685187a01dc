package main

import (
	"fmt"
	"time"

	"github.com/jaga-project/jaga/internal/policy"
)

// demoRule is a rule and what is done with it, each step so many days ago; 0 is
// not yet.
type demoRule struct {
	name, why, when, then, tests string
	draft, shadow, ask, approve  int
	to                           policy.State
	share                        int64
}

func demoRules() []demoRule {
	return []demoRule{
		{"demo-threats-first", "Threats wait for nobody, so they have a queue of their own. May be wrong about quoted threats.", `form == "sextortion" && band >= REVIEW`, "do = \"open_case\"\nqueue = \"sextortion\"",
			"[[test]]\nname = \"a threat\"\nexpect = \"fires\"\nfacts = { form = \"sextortion\", band = \"review\" }\n[[test]]\nname = \"no threat\"\nexpect = \"does not fire\"\nfacts = { form = \"grooming\", band = \"review\" }\n",
			27, 26, 24, 23, policy.Active, 0},
		{"demo-fame", "Famous people reach many children at once. May be wrong about officials who answer fans.", `form == "grooming" && "fame" in pair.power`, "do = \"limit_reach\"",
			"[[test]]\nname = \"fame\"\nexpect = \"fires\"\nfacts = { form = \"grooming\", pair = { power = [\"fame\"] } }\n[[test]]\nname = \"no fame\"\nexpect = \"does not fire\"\nfacts = { form = \"grooming\", pair = { power = [\"age\"] } }\n",
			16, 15, 2, 0, policy.Canary, 50},
		{"demo-many-signs", "Three signs at once are seldom chance. It is watched before it may act.", `form == "grooming" && size(indicators) >= 3`, "do = \"hold\"",
			"[[test]]\nname = \"three signs\"\nexpect = \"fires\"\nfacts = { form = \"grooming\", indicators = [{ id = \"G-11\" }, { id = \"G-13\" }, { id = \"G-20\" }] }\n[[test]]\nname = \"one sign\"\nexpect = \"does not fire\"\nfacts = { form = \"grooming\", indicators = [{ id = \"G-11\" }] }\n",
			11, 10, 0, 0, "", 0},
		{"demo-new-accounts", "A draft: accounts that are made to threaten are mostly new.", `form == "sextortion" && account.age_days < 7`, "do = \"keep_evidence\"",
			"[[test]]\nname = \"new\"\nexpect = \"fires\"\nfacts = { form = \"sextortion\", account = { age_days = 2 } }\n[[test]]\nname = \"old\"\nexpect = \"does not fire\"\nfacts = { form = \"sextortion\", account = { age_days = 400 } }\n",
			1, 0, 0, 0, "", 0},
	}
}

// rules puts rules in every state on the agenda.
func (d *demoRun) rules() error {
	author, other := d.seniors[0], d.seniors[1]
	for _, r := range demoRules() {
		text := fmt.Sprintf("name = %q\nowner = %q\nreason = %q\nwhen = '%s'\n[[then]]\n%s\n%s", r.name, author, r.why, r.when, r.then, r.tests)
		var version int64
		step := func(days int, do func(at time.Time) error) {
			if days > 0 {
				d.later(d.now.AddDate(0, 0, -days).Add(-5*time.Hour), do)
			}
		}
		step(r.draft, func(at time.Time) error {
			s, err := d.s.policy.Submit(d.at(at), author, []byte(text))
			version = s.Version
			return err
		})
		step(r.shadow, func(at time.Time) error {
			_, err := d.s.policy.Promote(d.at(at), author, r.name, version, policy.Shadow, 0)
			return err
		})
		step(r.ask, func(at time.Time) error {
			_, err := d.s.policy.Promote(d.at(at), author, r.name, version, r.to, r.share)
			return err
		})
		step(r.approve, func(at time.Time) error {
			_, err := d.s.policy.Approve(d.at(at), other, r.name, version)
			return err
		})
	}
	return nil
}
