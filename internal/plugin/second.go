package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// Question is what a language model is asked about one finding of a case.
type Question struct {
	Case    int64
	Finding string // of a conversation
	// Who asks: a person, or "system".
	Who string
	// Source is who handed the conversation in, for the budget.
	Source string
	Band   jaga.Band
	Signs  []indicator.ID
	Lines  []Line
}

// Asked is a question with its answer, as it is kept: what was rated and how,
// never words of the conversation.
type Asked struct {
	ID      int64
	Case    int64
	Finding string
	Who     string
	At      int64 // microseconds
	Plugin  string
	Model   string // as it was set up
	// Answers is what the server says that the model is, empty when it does not.
	Answers string
	Said    bool
	Why     string // why there is no opinion
	Signs   []string
	Scores  []jaga.Score
	Lines   int64 // how many it was given
	Took    time.Duration
}

// Gives reports whether a plugin for opinions is set up, and how it is. A nil
// service has none.
func (s *Service) Gives() (State, bool) {
	if s == nil {
		return State{}, false
	}
	for _, p := range s.all() {
		if p.Kind == Opinion {
			return p.state(), true
		}
	}
	return State{}, false
}

// Second asks for an opinion about a finding and keeps what came of it, whether
// there is one or not. It changes nothing else: no band, no order, no finding.
func (s *Service) Second(ctx context.Context, q Question) (Asked, error) {
	start := time.Now()
	o := s.Opinion(ctx, q.Source, q.Band, q.Signs, q.Lines)
	if err := ctx.Err(); err != nil {
		return Asked{}, err // whoever asked has gone
	}
	st, _ := s.Gives()
	a := Asked{Case: q.Case, Finding: q.Finding, Who: q.Who, Plugin: st.Name, Model: st.Model, Answers: o.Answers, Said: o.Said, Why: o.Why, Signs: o.Signs, Scores: o.Scores, Lines: int64(o.Lines), Took: time.Since(start)}
	signs, err := json.Marshal(append([]string{}, a.Signs...))
	if err != nil {
		return a, err
	}
	scores, err := json.Marshal(append([]jaga.Score{}, a.Scores...))
	if err != nil {
		return a, err
	}
	event := custody.Event{Actor: q.Who, Action: "opinion.ask", Subject: "case:" + strconv.FormatInt(q.Case, 10), Detail: map[string]string{
		"finding": q.Finding, "plugin": a.Plugin, "said": strconv.FormatBool(a.Said)}}
	said := 0
	if a.Said {
		said = 1
	}
	err = s.db.Update(ctx, event, func(tx *store.Tx) error {
		a.At = tx.Now()
		a.ID, err = store.One[int64](tx, `INSERT INTO opinions (case_id, finding, who, at, plugin, model, answers, said, why, signs, scores, lines, took)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id`, q.Case, q.Finding, q.Who, a.At, a.Plugin, a.Model, a.Answers, said, a.Why, string(signs), string(scores), a.Lines, a.Took.Microseconds())
		return err
	})
	if err != nil {
		return a, fmt.Errorf("keep an opinion: %w", err)
	}
	return a, nil
}

// Opinions lists what was asked about the findings of cases, the newest first, at
// most limit.
func Opinions(tx *store.Tx, cases []int64, limit int) (out []Asked, err error) {
	if len(cases) == 0 {
		return nil, nil
	}
	args, marks := []any{int64(limit)}, make([]string, len(cases))
	for i, id := range cases {
		args = append(args, id)
		marks[i] = "$" + strconv.Itoa(i+2)
	}
	rows, err := store.All[struct {
		ID, Case               int64
		Finding, Who           string
		At                     int64
		Plugin, Model, Answers string
		Said                   int64
		Why, Signs, Scores     string
		Lines, Took            int64
	}](tx, `SELECT id, case_id, finding, who, at, plugin, model, answers, said, why, signs, scores, lines, took FROM opinions WHERE case_id IN (`+strings.Join(marks, ", ")+`) ORDER BY id DESC LIMIT $1`, args...)
	for _, r := range rows {
		a := Asked{ID: r.ID, Case: r.Case, Finding: r.Finding, Who: r.Who, At: r.At, Plugin: r.Plugin, Model: r.Model, Answers: r.Answers, Said: r.Said == 1, Why: r.Why, Lines: r.Lines, Took: time.Duration(r.Took) * time.Microsecond}
		if err := json.Unmarshal([]byte(r.Signs), &a.Signs); err != nil {
			return nil, fmt.Errorf("read opinion %d: %w", r.ID, err)
		}
		if err := json.Unmarshal([]byte(r.Scores), &a.Scores); err != nil {
			return nil, fmt.Errorf("read opinion %d: %w", r.ID, err)
		}
		out = append(out, a)
	}
	return out, err
}

// HasOpinion reports whether somebody, or the system, asked about a finding.
func HasOpinion(tx *store.Tx, finding string) (bool, error) {
	n, err := store.One[int64](tx, `SELECT COUNT(*) FROM opinions WHERE finding = $1`, finding)
	return n > 0, err
}
