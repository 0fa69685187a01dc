package converse

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

const excerptPurpose = "talk excerpt"

// Finding is a finding as it is stored.
type Finding struct {
	ID      string        `json:"id"`
	At      time.Time     `json:"at" doc:"When the message was sent that raised it."`
	Updated time.Time     `json:"updated_at"`
	Source  string        `json:"source,omitempty"`
	Finding convo.Finding `json:"finding"`
}

type findingRow struct {
	ID, Source  string
	At, Updated int64
	Finding     string
}

const findingColumns = `id, source, at, updated_at, finding`

func (r findingRow) record() (Finding, error) {
	f := Finding{ID: r.ID, Source: r.Source, At: time.UnixMicro(r.At).UTC(), Updated: time.UnixMicro(r.Updated).UTC()}
	if err := json.Unmarshal([]byte(r.Finding), &f.Finding); err != nil {
		return Finding{}, fmt.Errorf("stored finding %s: %w", r.ID, err)
	}
	return f, nil
}

// Filter chooses findings, the newest first.
type Filter struct {
	Band         jaga.Band // this one or higher
	Form         jaga.Form // empty is any
	Conversation string    // empty is any
	Before       string    // findings older than the one with this identifier
	// Unless leaves out the findings of whose identifiers it is true; nil leaves
	// out none.
	Unless store.Condition
	Limit  int // at most 500; 0 is 50
}

// List returns findings. Identifiers are in order of time, so a page begins
// behind the last one of the page before.
func (s *Service) List(ctx context.Context, f Filter) (list []Finding, err error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	list = []Finding{}
	if strings.ContainsRune(f.Conversation+f.Before, 0) {
		return list, nil // no database holds it, and PostgreSQL does not take it
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		args := []any{int64(f.Band), string(f.Form), f.Conversation, f.Before, int64(min(f.Limit, 500))}
		rows, err := store.All[findingRow](tx, `SELECT `+findingColumns+` FROM talk_findings
			WHERE band >= $1 AND ($2 = '' OR form = $2) AND ($3 = '' OR conversation = $3) AND ($4 = '' OR id < $4)`+unless(f.Unless, &args)+`
			ORDER BY id DESC LIMIT $5`, args...)
		if err != nil {
			return err
		}
		for _, r := range rows {
			one, err := r.record()
			if err != nil {
				return err
			}
			list = append(list, one)
		}
		return nil
	})
	return list, err
}

// unless is what a condition adds to a query over findings.
func unless(c store.Condition, args *[]any) string {
	if c == nil {
		return ""
	}
	return " AND NOT " + c("talk_findings.id", func(v any) string {
		*args = append(*args, v)
		return fmt.Sprintf("$%d", len(*args))
	})
}

// Get returns one finding.
func (s *Service) Get(ctx context.Context, id string) (f Finding, err error) {
	if strings.ContainsRune(id, 0) {
		return f, notFound()
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[findingRow](tx, `SELECT `+findingColumns+` FROM talk_findings WHERE id = $1`, id)
		if err == nil && len(rows) == 0 {
			err = notFound()
		}
		if err != nil {
			return err
		}
		f, err = rows[0].record()
		return err
	})
	return f, err
}

func notFound() error {
	return &jaga.Error{Code: jaga.CodeNotFound, Field: "finding", Msg: "there is no finding of this number"}
}

// Excerpt opens the sealed lines of a finding for a person, and records who
// did.
func (s *Service) Excerpt(ctx context.Context, actor, id string) (lines []Line, err error) {
	if strings.ContainsRune(id, 0) {
		return nil, notFound()
	}
	err = s.db.Update(ctx, custody.Event{Actor: actor, Action: "excerpt.open", Subject: "finding:" + id}, func(tx *store.Tx) error {
		rows, err := store.All[[]byte](tx, `SELECT excerpt FROM talk_findings WHERE id = $1`, id)
		if err == nil && len(rows) == 0 {
			err = notFound()
		}
		if err != nil {
			return err
		}
		if len(rows[0]) == 0 {
			lines = []Line{} // they are no longer kept
			return nil
		}
		plain, err := s.seal.Open(excerptPurpose, rows[0])
		if err != nil {
			return err
		}
		return json.Unmarshal(plain, &lines)
	})
	return lines, err
}

// Tally counts findings by band and form.
type Tally struct {
	Form string `json:"form"`
	Band int64  `json:"band"`
	N    int64  `json:"n"`
}

// Tallies returns how many findings there are of each form and band, without
// those of whose identifiers a condition is true; nil leaves out none.
func (s *Service) Tallies(ctx context.Context, but store.Condition) (out []Tally, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		var args []any
		out, err = store.All[Tally](tx, `SELECT form, band, COUNT(*) FROM talk_findings WHERE 1 = 1`+unless(but, &args)+` GROUP BY form, band ORDER BY form, band`, args...)
		return err
	})
	return out, err
}

// Hour counts the findings of a band in an hour; Hour is in hours since 1970.
type Hour struct{ Hour, Band, N int64 }

// Hours counts findings by the hour in which they last changed, since a time.
func (s *Service) Hours(ctx context.Context, since time.Time) (out []Hour, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		out, err = store.All[Hour](tx, `SELECT updated_at / 3600000000 AS hour, band, COUNT(*) AS n FROM talk_findings
			WHERE updated_at >= $1 GROUP BY updated_at / 3600000000, band ORDER BY hour, band`, since.UnixMicro())
		return err
	})
	return out, err
}

// Targets returns the accounts that findings were aimed at, each once.
func Targets(tx *store.Tx, findings []string) (out []string, err error) {
	for _, id := range findings {
		who, err := store.All[string](tx, `SELECT target FROM talk_findings WHERE id = $1 AND target <> ''`, id)
		if err != nil {
			return nil, err
		}
		for _, w := range who {
			if !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	return out, nil
}
