package guide

import (
	"cmp"
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jaga-project/jaga/internal/contact"
)

// staleAfter is how long the check of a row counts: numbers of help lines
// change, and one that does not answer costs trust. 180 days.
const staleAfter = 180 * 24 * time.Hour

// everywhere is the country of services that answer readers of all countries.
const everywhere = "zz"

// row is one way to reach one service.
type row struct {
	ID      string `toml:"id"`
	Country string `toml:"country"` // ISO 3166-1 alpha-2 in small letters, or everywhere
	Name    string `toml:"name"`    // as the service calls itself
	Kind    string `toml:"kind"`    // one of rowKinds
	Channel string `toml:"channel"` // one of channels
	Value   string `toml:"value"`   // as printed at the source
	For     string `toml:"for"`     // one of readers
	Hours   string `toml:"hours"`   // "24/7", or days and hours of the place as in "mon-fri 09:00–21:00", or "" where the source says nothing
	Zone    string `toml:"zone"`    // of the hours, where the country has several, as in "America/Toronto"
	Free    bool   `toml:"free"`    // the source says that it costs nothing
	Source  string `toml:"source"`
	Dated   string `toml:"dated"`   // date of the source as far as known, or ""
	Read    string `toml:"read"`    // day on which the source was read
	Checked string `toml:"checked"` // day on which a person tried it, or ""
	Sure    string `toml:"sure"`    // "high", or "medium" for emergency numbers
	Warning string `toml:"warning"` // key of a text that must stand beside it, or ""
	Abroad  bool   `toml:"abroad"`  // readers of all countries may use it, by its source

	// What people found out since, see Checks.
	Failed   int    `toml:"-"` // how many times in a row nobody answered
	FailedOn string `toml:"-"`
	retired  bool   // its value leads nowhere any more
}

// outAfter is how many times in a row nobody must have answered before a row is
// no longer shown first.
const outAfter = 2

// Down reports whether nobody has answered again and again.
func (r row) Down() bool { return r.Failed >= outAfter }

// rowKinds lists what services are, in the order in which a page shows them:
// people who listen come first.
func rowKinds() []string {
	return []string{"listen", "crisis", "emergency", "police", "takedown", "report", "find", "learn"}
}

func channels() []string { return []string{"whatsapp", "phone", "sms", "web", "visit"} }

func readers() []string { return []string{"anyone", "child", "adult", "under18", "over18"} }

// superseded is a value that once led to help and no longer does.
type superseded struct {
	Value string `toml:"value"`
	Why   string `toml:"why"`
}

// gap is a country for which somebody looked for a service and found none.
type gap struct {
	Country string `toml:"country"`
	Source  string `toml:"source"` // where it would have stood
	Dated   string `toml:"dated"`
	Read    string `toml:"read"`
}

// directory is the help directory.
type directory struct {
	Row        []row        `toml:"row"` // as the file has them; see rows
	Gap        []gap        `toml:"gap"`
	Superseded []superseded `toml:"superseded"`

	checked atomic.Pointer[checkedRows]
}

func loadHelp(src source) (*directory, error) {
	const file = "help.toml"
	var d directory
	if err := src.table(file, &d); err != nil {
		return nil, err
	}
	if src.over != nil {
		// A file of the operator's takes the place of ours, but not of what ours forbids.
		var own directory
		if err := (source{own: src.own}).table(file, &own); err != nil {
			return nil, err
		}
		d.Superseded = append(d.Superseded, own.Superseded...)
	}
	seen := map[string]bool{}
	for i, r := range d.Row {
		if err := r.wrong(); err != nil {
			return nil, fmt.Errorf("%s: row %d (%s): %w", file, i+1, r.ID, err)
		}
		if seen[r.ID] {
			return nil, fmt.Errorf("%s: row %d: a second %s", file, i+1, r.ID)
		}
		seen[r.ID] = true
		if s, ok := d.superseded(r.Value); ok {
			return nil, fmt.Errorf("%s: row %s: %s: %s", file, r.ID, s.Value, s.Why)
		}
	}
	for _, x := range d.Gap {
		if _, err := time.Parse(time.DateOnly, x.Read); err != nil || !country.MatchString(x.Country) || !strings.HasPrefix(x.Source, "https://") {
			return nil, fmt.Errorf("%s: gap %q: country, source or day of reading is wrong", file, x.Country)
		}
		if slices.ContainsFunc(d.Row, func(r row) bool { return r.Country == x.Country }) {
			return nil, fmt.Errorf("%s: gap %q: the country has rows", file, x.Country)
		}
	}
	slices.SortStableFunc(d.Row, func(a, b row) int {
		return cmp.Or(slices.Index(rowKinds(), a.Kind)-slices.Index(rowKinds(), b.Kind),
			oneIf(a.For == "over18")-oneIf(b.For == "over18"), // the young come first
			strings.Compare(a.Name, b.Name),
			slices.Index(channels(), a.Channel)-slices.Index(channels(), b.Channel))
	})
	return &d, nil
}

// superseded returns what the file says of a value that leads nowhere any more.
func (d *directory) superseded(value string) (superseded, bool) {
	for _, s := range d.Superseded {
		if contact.Same(s.Value, value) || contact.Within(s.Value, value) {
			return s, true
		}
	}
	return superseded{}, false
}

var (
	rowID   = regexp.MustCompile(`^[a-z0-9-]+$`)
	country = regexp.MustCompile(`^[a-z]{2}$`)
	noDigit = regexp.MustCompile(`[^0-9a-z@]`)
)

// wrong says what is wrong with the form of a row.
func (r row) wrong() error {
	one := func(field, v string, of []string) error {
		if !slices.Contains(of, v) {
			return fmt.Errorf("%s %q is none of %s", field, v, strings.Join(of, ", "))
		}
		return nil
	}
	switch {
	case !rowID.MatchString(r.ID):
		return fmt.Errorf("id %q is not of small letters, digits and hyphens", r.ID)
	case !country.MatchString(r.Country):
		return fmt.Errorf("country %q is not two small letters", r.Country)
	case r.Name == "" || r.Value == "":
		return fmt.Errorf("name or value is empty")
	case !strings.HasPrefix(r.Source, "https://") && !strings.HasPrefix(r.Source, "http://"):
		return fmt.Errorf("source %q is no address of a page", r.Source)
	case r.Channel == "web" && !strings.HasPrefix(r.Value, "https://"):
		return fmt.Errorf("value %q does not begin with https://", r.Value)
	}
	for _, err := range []error{one("kind", r.Kind, rowKinds()), one("channel", r.Channel, channels()), one("for", r.For, readers()), one("sure", r.Sure, []string{"high", "medium"})} {
		if err != nil {
			return err
		}
	}
	if err := r.wrongHours(); err != nil {
		return err
	}
	if _, err := time.Parse(time.DateOnly, r.Read); err != nil {
		return fmt.Errorf("read %q is no date", r.Read)
	}
	if r.Checked != "" {
		if _, err := time.Parse(time.DateOnly, r.Checked); err != nil {
			return fmt.Errorf("checked %q is no date", r.Checked)
		}
	}
	return nil
}

// squeeze leaves of a value what tells it from others.
func squeeze(v string) string { return noDigit.ReplaceAllString(strings.ToLower(v), "") }

// stale reports whether nobody has tried the row for too long.
func (r row) stale(now time.Time) bool {
	at, err := time.Parse(time.DateOnly, r.Checked)
	return err != nil || now.Sub(at) > staleAfter
}

// Link returns what a tap on the value opens, or "" where one has to go.
func (r row) Link() template.URL {
	if r.Value == "" {
		return ""
	}
	number := noDigit.ReplaceAllString(r.Value, "")
	switch r.Channel {
	case "phone":
		if strings.HasPrefix(r.Value, "+") {
			number = "+" + number
		}
		return template.URL("tel:" + number) //nolint:gosec // digits alone
	case "sms":
		return template.URL("sms:" + number) //nolint:gosec // digits alone
	case "whatsapp":
		return template.URL("https://wa.me/" + number) //nolint:gosec // digits alone
	case "web":
		return template.URL(r.Value) //nolint:gosec // begins with https://, see wrong
	}
	return ""
}

// Shown is the value as a reader sees it.
func (r row) Shown() string {
	return strings.TrimSuffix(strings.TrimPrefix(r.Value, "https://"), "/")
}

// Inside reports whether the value works inside its country only.
func (r row) Inside() bool {
	return (r.Channel == "phone" || r.Channel == "sms") && r.Country != everywhere && contact.Short(r.Value)
}

// row returns one row as it is now.
func (d *directory) row(id string) (row, bool) {
	for _, r := range d.rows() {
		if r.ID == id {
			return r, true
		}
	}
	return row{}, false
}

// countries lists the countries that have a page: those with rows of their own
// in the file, and those where somebody looked in vain.
func (d *directory) countries() []string {
	var out []string
	for _, r := range d.Row {
		if r.Country != everywhere {
			out = append(out, r.Country)
		}
	}
	for _, x := range d.Gap {
		out = append(out, x.Country)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// of lists the rows of one country that are shown.
func (d *directory) of(c string) []row {
	var out []row
	for _, r := range d.rows() {
		if r.Country == c && !r.retired {
			out = append(out, r)
		}
	}
	return out
}

// gapOf returns what is known of a country without services.
func (d *directory) gapOf(c string) (gap, bool) {
	i := slices.IndexFunc(d.Gap, func(x gap) bool { return x.Country == c })
	if i < 0 {
		return gap{}, false
	}
	return d.Gap[i], true
}

// foreign lists what a reader in a country can reach from outside it. Where the
// country has nothing of its own, services of other countries that take
// everybody are among it.
func (d *directory) foreign(c string) []row {
	out := d.of(everywhere)
	if len(d.of(c)) > 0 {
		return out
	}
	for _, r := range d.rows() {
		if r.Abroad && !r.retired {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b row) int {
		return cmp.Compare(slices.Index(rowKinds(), a.Kind), slices.Index(rowKinds(), b.Kind))
	})
	return out
}
