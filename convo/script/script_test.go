package script

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/pack"
)

const testPack = `
pack test-en 1
language en
title A pack for tests
indicator G-13
lookalike surprise-party
say dont tell anyone
fact refusal
say no i dont want to
`

func detector(t testing.TB) *convo.Detector {
	t.Helper()
	p, err := pack.Parse("test.pack", []byte(testPack))
	if err != nil {
		t.Fatal(err)
	}
	d, err := convo.New(convo.Options{}, p)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func parse(t testing.TB, lines ...string) []Test {
	t.Helper()
	tests, err := Parse("x.conv", []byte(strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return tests
}

// chain is a conversation that reaches urgent at its third line, from A to B.
const chain = "test chain\nactors A adult followers 2000000; B 13-15; C adult\n20:00 A -> B G-05\n20:01 B -> A refusal\n+30s A -> B S-04\n20:03 A -> B S-05\n"

// TestExpectations holds every kind of expectation to both answers, so that
// none of them can always pass.
func TestExpectations(t *testing.T) {
	t.Parallel()
	d := detector(t)
	for _, c := range []struct {
		expect string
		want   string // part of what happened, empty when it is met
	}{
		{"quiet", "it reached urgent, in line 6 on day 1 at 20:03:00"},
		{"never urgent", "it reached urgent"},
		{"at most review", "it reached urgent"},
		{"B -> A quiet", ""},
		{"A -> C never observe", ""},
		{"A -> B csam quiet", ""},
		{"A -> B sextortion never urgent", "it reached urgent"},
		{"csam quiet", ""},
		{"sextortion at most review", "it reached urgent"},
		{"A -> B urgent", ""},
		{"A → B sextortion urgent", ""},
		{"B -> A observe", "nothing was found"},
		{"A -> B csam", "nothing was found"},
		{"A -> B review by S-04 S-05 W-01", ""},
		{"A -> B review by G-11", "G-11 is not among the reasons"},
		{"A -> B urgent within 3 acts", ""},
		{"A -> B urgent within 2 acts", "it reached urgent at act 3 of A, in line 6"},
		{"A -> B urgent within 3 minutes", ""},
		{"A -> B urgent within 179 seconds", "it reached urgent 3 minutes after the first act of A"},
		{"A -> B power fame age secret", ""},
		{"A -> B power money", "no power by money is shown"},
		{"A -> B welfare", "it does not take the welfare path"},
		{"A -> B against CTX-01", "CTX-01 does not speak against it"},
		{"not checked S-13 needs login", ""},
		{"not checked S-13 needs payment", "S-13 was not checked, but needs [login] and not payment"},
		{"not checked G-05", "G-05 was checked"},
	} {
		got := parse(t, chain+"expect "+c.expect)[0].Run(d)
		switch {
		case c.want == "" && len(got) > 0:
			t.Errorf("expect %s: failed: %s", c.expect, got[0])
		case c.want != "" && (len(got) != 1 || !strings.Contains(got[0].Happened, c.want)):
			t.Errorf("expect %s: got %v, want one failure with %q", c.expect, got, c.want)
		}
	}
}

// TestContext checks what depends on who the people are to each other.
func TestContext(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ head, expect string }{
		{"actors A, B 13-15", "A -> B sextortion review by S-04 welfare against CTX-02"},
		{"actors A adult; B 13-15\ntie A B family verified", "A -> B observe against CTX-01 power family"},
		{"actors A adult; B 13-15\nunder review A", "A -> B against CTX-08"},
		{"channel public\nactors A unknown; B 13-15", "A -> * sextortion observe"},
	} {
		to := "B"
		if strings.Contains(c.head, "public") {
			to = "*"
		}
		file := "test x\n" + c.head + "\nA -> " + to + " S-04 S-05\nexpect "
		if got := parse(t, file+c.expect)[0].Run(detector(t)); len(got) > 0 {
			t.Errorf("%s: %v", c.head, got)
		}
	}
}

func TestFailureSaysWhy(t *testing.T) {
	t.Parallel()
	got := parse(t, "test why", "lang id", "actors A, D adult; B 13-15", "tie A B family verified", "A -> B: dont tell anyone", "+5m A -> B S-04", "expect A -> B never review")[0].Run(detector(t))
	if len(got) != 1 {
		t.Fatalf("got %d failures, want 1", len(got))
	}
	text := got[0].String()
	for _, want := range []string{
		"x.conv:7: why", "expected A -> B never review", "but it reached review, in line 6 on day 1 at 12:05:00",
		"A -> B sextortion review, reached in line 6", "because S-04 in line 6: " + convo.Explain("S-04", "id"),
		"against CTX-01: " + convo.Explain("CTX-01", "id"),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the failure does not say %q:\n%s", want, text)
		}
	}
}

// TestTimes holds every way to write a time to the time it means.
func TestTimes(t *testing.T) {
	t.Parallel()
	tests := parse(t, "test times", "actors A; B",
		"A -> B refusal", "A -> B refusal", "+30s A -> B refusal", "20:15 A -> B refusal", "+2h A -> B refusal",
		"day 3 A -> B refusal", "day 3 23:59 A -> B refusal", "+1m A -> B refusal", "day 5 08:00 repeat 3 times every 12h A -> B refusal", "B -> A refusal",
		"expect quiet")
	var got []string
	for _, st := range tests[0].play(detector(t)).steps {
		got = append(got, fmt.Sprintf("%d %s", dayOf(st.at), st.at.Format("15:04:05")))
	}
	want := "1 12:00:00, 1 12:01:00, 1 12:01:30, 1 20:15:00, 1 22:15:00, 3 12:00:00, 3 23:59:00, 4 00:00:00, 5 08:00:00, 5 20:00:00, 6 08:00:00, 6 08:01:00"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}

func TestPeopleAndActs(t *testing.T) {
	t.Parallel()
	tests := parse(t, "\ufefftest people # a comment\r", "channel live", "actors A adult coach verified followers 20 created 2026-01-02 confidence 0.7; B1, B-2 13-15;",
		"actors C parent", "tie C B1 guardian verified since 2024-01-01 mutual 3", "tie A B1 none", "under review A C",
		"A -> B1, B-2: see you at #1 # not text", "A->* G-05 G-06", "C -> B1 category direction 0.9", "C -> A payment 12.5 idr gift card to B1 for school fees", "C -> B1 gift game credit",
		"expect B1 -> A quiet")
	test := tests[0]
	var got []string
	for _, a := range test.actors {
		got = append(got, fmt.Sprint(a.ID, " ", a.Age, " ", a.Role, a.Verified, a.Followers, a.Confidence, a.Created.IsZero()))
	}
	want := "[A adult coachtrue 20 0.7 false B1 13-15 false 0 0 true B-2 13-15 false 0 0 true C unknown parentfalse 0 0 true]"
	if fmt.Sprint(got) != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
	if got := fmt.Sprint(test.channel, test.review, test.ties[0].Mutual, test.ties[0].Since.Year(), test.ties[1].Mutual, test.ties[1].Verified); got != "live[A C] 3 2024 0 false" {
		t.Errorf("got %s", got)
	}
	m := test.steps[0].messages[0]
	if m.Text != "see you at #1" || fmt.Sprint(test.steps[0].to) != "[B1 B-2]" {
		t.Errorf("got %q to %v", m.Text, test.steps[0].to)
	}
	if st := test.steps[1]; st.to != nil || len(st.messages) != 2 || st.messages[1].Act != "G-06" {
		t.Errorf("got %+v, want two acts to everybody", st)
	}
	if m := test.steps[3].messages[0]; m.Amount != 12.5 || m.Currency != "IDR" || m.Method != "gift card" || m.Payee != "B1" || m.Description != "school fees" {
		t.Errorf("got %+v", m)
	}
	if !test.Quiet() || parse(t, chain+"expect quiet\nexpect A -> B urgent")[0].Quiet() {
		t.Error("Quiet is about tests with limits only")
	}
}

// TestErrors holds every message to its line and to what it tells to write.
func TestErrors(t *testing.T) {
	t.Parallel()
	const head = "test x\nactors A adult; B 13-15\n"
	for _, c := range []struct {
		file string
		line int
		want string
	}{
		{"A -> B: hello", 1, "before the first test"},
		{"test\n", 1, "has no name"},
		{"test x\nA -> B: hello", 2, "nobody is called"},
		{"test x\n# nothing\n", 1, "nobody takes part"},
		{head, 1, "nothing happens"},
		{head + "A -> B: hello", 1, "nothing is expected"},
		{head + "A -> B: hello\ntest y", 4, "the test of line 1: nothing is expected"},
		{head + "A -> B: hi\nexpect quiet\ntest x", 5, "line 1 has a test of this name"},
		{head + "lang fr", 3, "lang en or lang id"},
		{head + "channel secret", 3, "private, group, public or live"},
		{head + "actors A minor", 3, "named twice"},
		{head + "actors C 13-15 adult", 3, "second age"},
		{head + "actors C coach teacher", 3, "two roles"},
		{head + "actors C clown", 3, "neither an age nor a role"},
		{head + "actors day adult", 3, "begins a line"},
		{head + "actors 1 adult", 3, "is no name"},
		{head + "actors *", 3, "stands for everybody"},
		{head + "actors C followers many", 3, "write a number"},
		{head + "actors C created yesterday", 3, "is no date"},
		{head + "actors C confidence 2", 3, "how sure"},
		{head + "tie A C family", 3, "nobody is called"},
		{head + "tie A B cousins", 3, "family, guardian"},
		{head + "tie A A family", 3, "themselves"},
		{head + "tie A B family old", 3, "is not understood"},
		{head + "under A", 3, "under review A"},
		{head + "hello", 3, "who does something to whom"},
		{head + "A -> C: hi", 3, "nobody is called"},
		{head + "A -> A: hi", 3, "to themselves"},
		{head + "* -> A: hi", 3, "everybody at once"},
		{head + "A -> *, B: hi", 3, "* is everybody"},
		{head + "A -> B, B: hi", 3, "named twice behind the arrow"},
		{head + "A -> : hi", 3, "nobody stands behind"},
		{head + "A -> B:", 3, "nothing is said"},
		{head + "A -> B", 3, "nothing happens behind the arrow"},
		{head + "A -> B hello", 3, "is no act"},
		{head + "A -> B G-27", 3, "is no act"},
		{head + "A -> B CTX-01", 3, "not an act"},
		{head + "A -> B refusal twice", 3, "takes nothing"},
		{head + "A -> B category sexual 90", 3, "from 0 to 1"},
		{head + "A -> B category sexual NaN", 3, "from 0 to 1"},
		{head + "A -> B category violence 1", 3, "its name and a score"},
		{head + "A -> B payment", 3, "has an amount"},
		{head + "A -> B payment all", 3, "amount comes first"},
		{head + "A -> B payment -5 usd", 3, "above 0"},
		{head + "A -> B payment 5 dollars", 3, "three letters"},
		{head + "A -> B payment 5 usd for", 3, "behind for"},
		{head + "A -> B gift 5 usd to", 3, "who got the money"},
		{head + "25:00 A -> B: hi", 3, "no time of day"},
		{head + "+5x A -> B: hi", 3, "no span"},
		{head + "+999999999999h A -> B: hi", 3, "no span"},
		{head + "day 0 A -> B: hi", 3, "from 1 to"},
		{head + "20:00 A -> B: hi\n19:00 A -> B: hi", 4, "the time goes back, behind day 1 20:00; write a later one, or the next day: day 2 19:00"},
		{head + "repeat 99999999 times every 1s A -> B G-05", 3, "from 1 to"},
		{head + "repeat 3 A -> B G-05", 3, "times and every"},
		{head + "repeat 20000 times every 999h A -> B G-05", 3, "more than"},
		{head + "repeat 15000 times every 1s A -> B G-05 G-06", 3, "makes more than"},
		{head + "A -> B: hi\nexpect quiet\nA -> B: hi", 5, "expect line"},
		{head + "A -> B: hi\nactors C", 4, "above"},
		{head + "A -> B: hi\nexpect", 4, "is not understood"},
		{head + "A -> B: hi\nexpect review", 4, "is not understood"},
		{head + "A -> B: hi\nexpect A -> C review", 4, "nobody is called"},
		{head + "A -> B: hi\nexpect A -> A review", 4, "both sides"},
		{head + "A -> B: hi\nexpect A -> B", 4, "nothing is expected"},
		{head + "A -> B: hi\nexpect A -> B fishing", 4, "stand a form"},
		{head + "A -> B: hi\nexpect A -> B review urgent", 4, "second band"},
		{head + "A -> B: hi\nexpect A -> B none", 4, "stand a form"},
		{head + "A -> B: hi\nexpect A -> B by nothing", 4, "indicators or modifiers"},
		{head + "A -> B: hi\nexpect A -> B power", 4, "power is followed by"},
		{head + "A -> B: hi\nexpect A -> B within", 4, "within 10 acts"},
		{head + "A -> B: hi\nexpect A -> B within 0 acts", 4, "from 1 to"},
		{head + "A -> B: hi\nexpect A -> B within 3 weeks", 4, "within 10 acts"},
		{head + "A -> B: hi\nexpect at most urgent", 4, "never observe"},
		{head + "A -> B: hi\nexpect quiet now", 4, "never observe"},
		{head + "A -> B: hi\nexpect not checked everything", 4, "indicators"},
		{head + "A -> B: hi\nexpect not checked CTX-01", 4, "is no indicator"},
		{head + "A -> B: hi\nexpect not checked G-07 needs money", 4, "needs \"money\": write age_band"},
		{head + "actors C" + strings.Repeat(", Cxx", 2), 3, "named twice"},
		{head + manyActors(), 3, "more than 1000 people"},
		{"test \xff", 1, "UTF-8"},
		{strings.Repeat("#\n", MaxSize/2+1), 1, "larger than"},
	} {
		_, err := Parse("x.conv", []byte(c.file))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Line != c.line || !strings.Contains(syntax.What, c.want) {
			t.Errorf("%.120q: got %v, want line %d and %q", c.file, err, c.line, c.want)
		}
	}
}

func manyActors() string {
	var b strings.Builder
	b.WriteString("actors P")
	for i := range MaxActors {
		fmt.Fprintf(&b, ", P%d", i)
	}
	return b.String()
}

// TestPage runs the examples of docs/test-language.md.
func TestPage(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../docs/test-language.md")
	if err != nil {
		t.Fatal(err)
	}
	d := detector(t)
	n := 0
	for i, block := range strings.Split(string(data), "```conv\n") {
		if i == 0 {
			continue
		}
		block, _, _ = strings.Cut(block, "```")
		tests, err := Parse(fmt.Sprintf("example %d of the page", i), []byte(block))
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range tests {
			n++
			for _, f := range test.Run(d) {
				t.Error(f)
			}
		}
	}
	if n < 6 {
		t.Errorf("the page has %d tests, want at least 6", n)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		chain + "expect A -> B urgent within 2 minutes\n", "test x\nactors A; B\nday 2 08:15 repeat 2 times every 30s A → B, B: hi\nexpect quiet",
		"test x\nactors A adult coach verified followers 20; B, C 13-15\ntie B C family since 2024-01-01\nA -> * gift\nexpect not checked G-07 needs payment",
		"test x\nactors A;B\nA->B payment 5 usd to A for x\nexpect A -> * power fame by G-11 against CTX-01", "#", "test", "\ufeff", "test é\nactors é-1\né-1->é-1:",
	} {
		f.Add([]byte(s))
	}
	d := detector(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		tests, err := Parse("x.conv", data)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Line < 1 || syntax.What == "" {
				t.Fatalf("error %v does not name a line", err)
			}
			return
		}
		for _, test := range tests {
			n := 0
			for _, st := range test.steps {
				n += st.times * len(st.messages) * max(len(st.to), 1)
			}
			if n > 100 {
				continue
			}
			for _, failure := range test.Run(d) {
				if failure.Happened == "" || failure.Line <= test.Line {
					t.Fatalf("failure %+v does not say what happened and where", failure)
				}
			}
		}
	})
}
