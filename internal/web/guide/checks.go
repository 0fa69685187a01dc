package guide

import (
	"html"
	"io/fs"
	"regexp"
	"strings"
)

// Check is what people found out about one row of the help directory since its
// file was written.
type Check struct {
	// Value, Source and Dated take the place of the file's, unless Value is "".
	Value, Source, Dated string
	// Checked is the day on which somebody last answered, or "".
	Checked string
	// Failed is how many times in a row nobody answered, and FailedOn the last
	// day.
	Failed   int
	FailedOn string
	// Retired is true for a row whose value was replaced and has no heir.
	Retired bool
}

// Checks are the checks of rows by their id.
type Checks map[string]Check

// Checker tells what people found out. Readers see a change at once: it is
// asked for every page.
type Checker interface {
	// HelpChecks returns the same pointer for as long as nothing has changed.
	HelpChecks() *Checks
}

// DirectoryRow is one row of the help directory as its file has it.
type DirectoryRow struct {
	ID, Country, Name, Kind, Channel string
	Value, Source, Dated, Checked    string
}

// ReadDirectory reads the help directory alone, of an operator's files or
// ours: its rows, and the values that may never stand in it.
func ReadDirectory(overlay fs.FS) (rows []DirectoryRow, superseded []string, err error) {
	own, err := fs.Sub(ownContent, "content")
	if err != nil {
		return nil, nil, err
	}
	d, err := loadHelp(source{over: overlay, own: own})
	if err != nil {
		return nil, nil, err
	}
	for _, r := range d.Row {
		rows = append(rows, DirectoryRow{r.ID, r.Country, r.Name, r.Kind, r.Channel, r.Value, r.Source, r.Dated, r.Checked})
	}
	for _, s := range d.Superseded {
		superseded = append(superseded, s.Value)
	}
	return rows, superseded, nil
}

// checkedRows are the rows as people have left them.
type checkedRows struct {
	from *Checks
	rows []row
}

// rows returns the rows as they are now.
func (d *directory) rows() []row {
	if c := d.checked.Load(); c != nil {
		return c.rows
	}
	return d.Row
}

// heed takes checks over into the directory. What the file forbids comes in
// from nowhere.
func (d *directory) heed(c *Checks) {
	if now := d.checked.Load(); c == nil || now != nil && now.from == c {
		return
	}
	rows := make([]row, len(d.Row))
	for i, r := range d.Row {
		if x, ok := (*c)[r.ID]; ok {
			if x.Value != "" && x.Value != r.Value {
				r.Value, r.Source, r.Dated = x.Value, x.Source, x.Dated
				if r.wrong() != nil {
					x.Retired = true // no link may be made of it
				}
			}
			r.Checked, r.Failed, r.FailedOn, r.retired = x.Checked, x.Failed, x.FailedOn, x.Retired
		}
		for _, text := range []string{r.Value, r.Source} {
			if _, no := d.superseded(text); no {
				r.retired = true
			}
		}
		if r.retired {
			r.Value, r.Source = "", "" // so that no page can show it
		}
		rows[i] = r
	}
	d.checked.Store(&checkedRows{c, rows})
}

// rowLink is a link of a text to a row. Texts are read once, rows change; so
// where it leads is filled in when a page is sent.
var rowLink = regexp.MustCompile(`href="row:([a-z0-9-]+)">([^<]*)<`)

// withRows puts the current values of rows into the links of a page.
func (g *Guide) withRows(page []byte, help string) []byte {
	return rowLink.ReplaceAllFunc(page, func(m []byte) []byte {
		part := rowLink.FindSubmatch(m)
		id, words := string(part[1]), string(part[2])
		now, _ := g.help.row(id)
		to := string(now.Link())
		if to == "" || now.retired {
			to = help
		}
		for _, r := range g.help.Row {
			if r.ID == id && r.Value != now.Value {
				// A text names the number that it links to.
				for _, old := range []string{r.Value, r.Shown()} {
					words = strings.ReplaceAll(words, html.EscapeString(old), html.EscapeString(now.Shown()))
				}
			}
		}
		return []byte(`href="` + html.EscapeString(to) + `">` + words + `<`)
	})
}
