package guide

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
)

// choice is what a reader wants to see of the directory. In addresses it is
// single letters, which tell nobody anything.
type choice struct {
	Whom string // "y" for the young, "g" for grown-ups, or "" for all
	By   string // the first letter of a channel, or "" for all; the web is "o", to be opened
	Open bool   // now
}

// channelLetter names a channel in addresses.
func channelLetter(channel string) string {
	if channel == "web" {
		return "o"
	}
	return channel[:1]
}

// readChoice takes a choice from an address; what it does not know chooses all.
func readChoice(q url.Values) choice {
	c := choice{Open: q.Get("n") == "1"}
	if v := q.Get("a"); v == "y" || v == "g" {
		c.Whom = v
	}
	if v := q.Get("c"); slices.ContainsFunc(channels(), func(x string) bool { return channelLetter(x) == v }) {
		c.By = v
	}
	return c
}

// query is the choice in an address.
func (c choice) query() string {
	q := url.Values{}
	if c.Whom != "" {
		q.Set("a", c.Whom)
	}
	if c.By != "" {
		q.Set("c", c.By)
	}
	if c.Open {
		q.Set("n", "1")
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// fits reports whether a row is chosen, its hours aside.
func (c choice) fits(r row) bool {
	return (c.By == "" || c.By == channelLetter(r.Channel)) &&
		(c.Whom == "" || c.Whom == "y" && r.young() || c.Whom == "g" && r.grown())
}

// chip is one choice that a reader can make.
type chip struct {
	Key, Value string // for the script
	Text       string
	To         string
	On         bool
}

// way is one way to reach a service.
type way struct {
	row
	Hidden bool // not chosen
}

// Letter names the channel for the script.
func (w way) Letter() string { return channelLetter(w.Channel) }

// Whom is whom it is for, for the script.
func (w way) Whom() string {
	out := ""
	if w.young() {
		out += "y"
	}
	if w.grown() {
		out += "g"
	}
	return out
}

// group is one service with the ways to reach it.
type group struct {
	Name   string
	Kind   string
	Rows   []way
	Hidden bool // nothing of it is chosen
	best   int  // the best answer to whether it is open
}

// Down reports whether nobody answers at the whole service.
func (g group) Down() bool {
	return !slices.ContainsFunc(g.Rows, func(w way) bool { return !w.Down() })
}

// shelf is the services of one country, or of all countries, on a page.
type shelf struct {
	View   *view
	Groups []group // open now, or all if that was not asked
	Later  []group // whose hours are not known, if open ones were asked for
}

// picked is the part of a help page that a choice decides.
type picked struct {
	View             *view
	Country          string // "" where all there is stands under everywhere
	Here, Everywhere shelf
	Shown, All       int  // ways
	None             bool // nothing of the country is left
}

// services puts rows of one service together: what answers before what does
// not.
func services(rows []row) []group {
	var out []group
	for _, r := range rows {
		i := slices.IndexFunc(out, func(g group) bool { return g.Name == r.Name && g.Kind == r.Kind })
		if i < 0 {
			out, i = append(out, group{Name: r.Name, Kind: r.Kind}), len(out)
		}
		out[i].Rows = append(out[i].Rows, way{row: r})
	}
	for _, g := range out {
		slices.SortStableFunc(g.Rows, func(a, b way) int { return oneIf(a.Down()) - oneIf(b.Down()) })
	}
	slices.SortStableFunc(out, func(a, b group) int { return oneIf(a.Down()) - oneIf(b.Down()) })
	return out
}

func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}

// pick makes the help part of a page. A line is never left alone: where less
// than two services that answer are chosen, all of everywhere are shown.
func (v *view) pick(c string) picked {
	p := picked{View: v, Country: c}
	if len(v.g.help.of(c)) == 0 {
		p.Country = ""
	}
	here, all := services(v.g.help.of(c)), services(v.g.help.foreign(c))
	left, sure := v.choose(here), 0
	v.choose(all)
	for _, g := range slices.Concat(here, all) {
		if !g.Hidden && !g.Down() {
			sure++
		}
	}
	p.None = len(here) > 0 && left == 0
	if p.None || sure < 2 {
		for i := range all {
			all[i].Hidden, all[i].best = false, hoursOpen
			for j := range all[i].Rows {
				all[i].Rows[j].Hidden = false
			}
		}
	}
	for _, g := range slices.Concat(here, all) {
		p.All += len(g.Rows)
		for _, w := range g.Rows {
			p.Shown += 1 - oneIf(w.Hidden)
		}
	}
	p.Here, p.Everywhere = v.shelve(here), v.shelve(all)
	return p
}

// choose hides what the reader did not choose, and returns how many services
// are left.
func (v *view) choose(list []group) int {
	now, left := v.g.now(), 0
	for i := range list {
		g := &list[i]
		g.Hidden, g.best = true, hoursShut
		for j := range g.Rows {
			w := &g.Rows[j]
			state := w.answers(now)
			w.Hidden = !v.Choice.fits(w.row) || v.Choice.Open && state == hoursShut
			if !w.Hidden {
				g.Hidden, g.best = false, max(g.best, state)
			}
		}
		left += 1 - oneIf(g.Hidden)
	}
	return left
}

func (v *view) shelve(list []group) shelf {
	s := shelf{View: v}
	for _, g := range list {
		if v.Choice.Open && !g.Hidden && g.best == hoursUnknown {
			s.Later = append(s.Later, g)
		} else {
			s.Groups = append(s.Groups, g)
		}
	}
	return s
}

// Chosen reports whether the reader has chosen anything.
func (p picked) Chosen() bool { return p.View.Choice != choice{} }

// Help makes the help part of the page for a country.
func (v *view) Help(c string) picked {
	if c == everywhere { // all there is stands under everywhere
		c = ""
	}
	return v.pick(c)
}

// ask is a question with what a reader can choose.
type ask struct {
	Text  string
	Chips []chip
}

// Ask puts a question over choices.
func (v *view) Ask(key string, chips []chip) ask { return ask{v.Say(key), chips} }

// on is a service on the page of a view.
type on struct {
	View *view
	group
}

// On hands a service to the template that shows it.
func (v *view) On(g group) on { return on{v, g} }

// Calls is what happens when one calls a service, as far as its own pages say.
func (v *view) Calls(g on) string {
	for _, w := range g.Rows {
		if text := v.t.calls[w.ID]; text != "" {
			return text
		}
	}
	return ""
}

// Gap is what is known of a country without services.
func (v *view) Gap(c string) gap {
	x, _ := v.g.help.gapOf(c)
	return x
}

// Whom lists whom help can be for.
func (v *view) Whom() []chip {
	return v.chips("a", []string{"", "y", "g"}, func(c *choice, s string) { c.Whom = s }, func(c choice) string { return c.Whom })
}

// By lists the channels that the page of a country has.
func (v *view) By(c string) []chip {
	have := []string{""}
	rows := slices.Concat(v.g.help.of(c), v.g.help.foreign(c))
	for _, x := range channels() {
		if slices.ContainsFunc(rows, func(r row) bool { return r.Channel == x }) {
			have = append(have, channelLetter(x))
		}
	}
	return v.chips("c", have, func(c *choice, s string) { c.By = s }, func(c choice) string { return c.By })
}

// When lists whether only what is open now is wanted.
func (v *view) When() []chip {
	return v.chips("n", []string{"", "1"}, func(c *choice, s string) { c.Open = s != "" }, func(c choice) string { return strings.Repeat("1", oneIf(c.Open)) })
}

func (v *view) chips(key string, values []string, set func(*choice, string), get func(choice) string) []chip {
	var out []chip
	for _, s := range values {
		c := v.Choice
		set(&c, s)
		out = append(out, chip{key, s, v.Say("filter", key+cmp.Or(s, "0")), v.Path + c.query(), get(v.Choice) == s})
	}
	return out
}
