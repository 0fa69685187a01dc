package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/store"
)

// evidenceRoutes are the pages of sealed files. None shows a pixel. Each handler
// asks again whether the reader may do it in the queue of the case.
func (c *console) evidenceRoutes() []route {
	return []route{
		{"GET /evidence", auth.ReadEvidence, c.withEvidence(c.evidenceHome)},
		{"GET /evidence/files/{evidence}", auth.ReadEvidence, c.withEvidence(c.evidenceFile)},
		{"GET /cases/{id}/evidence", auth.ReadEvidence, c.withEvidence(c.evidenceCase)},
		{"GET /evidence/holds", auth.ReadEvidence, c.withEvidence(c.holdsPage)},
		{"POST /evidence/holds", auth.LegalHolds, c.withEvidence(c.holdAdd)},
		{"POST /evidence/holds/{id}", auth.LegalHolds, c.withEvidence(c.holdAct)},
		{"GET /evidence/destructions", auth.ReadEvidence, c.withEvidence(c.destructionsPage)},
		{"POST /evidence/destructions", auth.DestroyEvidence, c.withEvidence(c.destructionAsk)},
		{"GET /evidence/destructions/{id}", auth.ReadEvidence, c.withEvidence(c.destructionPage)},
		{"GET /evidence/destructions/{id}/certificate", auth.ReadEvidence, c.withEvidence(c.certificate)},
		{"POST /evidence/destructions/{id}/refuse", auth.DestroyEvidence, c.withEvidence(c.destructionRefuse)},
		{"POST /evidence/destructions/{id}/destroy", auth.DestroyEvidence, c.withEvidence(c.fresh(c.destructionDo))},
		{"GET /evidence/exports", auth.ReadEvidence, c.withEvidence(c.exportsPage)},
		{"POST /cases/{id}/evidence/records", auth.ExportEvidence, c.withEvidence(c.fresh(c.exportRecords))},
		{"POST /cases/{id}/evidence/exports", auth.ExportEvidence, c.withEvidence(c.exportAsk)},
		{"POST /evidence/exports/{id}/approve", auth.ExportEvidence, c.withEvidence(c.fresh(c.exportApprove))},
		{"POST /evidence/exports/{id}/refuse", auth.ExportEvidence, c.withEvidence(c.exportRefuse)},
		{"POST /evidence/exports/{id}/fetch", auth.ExportEvidence, c.withEvidence(c.fresh(c.exportFetch))},
	}
}

// withEvidence is for installations that keep files.
func (c *console) withEvidence(do handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if c.Evidence == nil {
			return c.notFound(w, r)
		}
		return do(w, r)
	}
}

// noEvidence is the one answer for a file that is not there and for one that is
// not the reader's to know of.
func noEvidence() error {
	return &jaga.Error{Code: jaga.CodeNotFound, Msg: "there is no such file"}
}

// queues finds the queue of a case for what is listed with it. It remembers.
type queues struct {
	c    *console
	ctx  context.Context
	who  auth.Who
	seen map[int64]standsAt
}

// standsAt is where a case stands: the case that it is part of, and its queue. Both
// are empty for quarantine and for a case that is no longer kept.
type standsAt struct {
	root  int64
	queue string
}

func (c *console) queues(r *http.Request) *queues {
	who, _ := auth.From(r.Context())
	return &queues{c, r.Context(), who, map[int64]standsAt{}}
}

func (q *queues) of(id int64) (standsAt, error) {
	if at, ok := q.seen[id]; ok || id == 0 {
		return at, nil
	}
	cs, root, err := q.c.Cases.Get(q.ctx, id)
	if err == nil && root != cs.ID {
		cs, _, err = q.c.Cases.Get(q.ctx, root)
	}
	switch jaga.CodeOf(err) {
	case "":
		q.seen[id] = standsAt{cs.ID, cs.Queue}
	case jaga.CodeNotFound:
		q.seen[id] = standsAt{}
	default:
		return standsAt{}, err
	}
	return q.seen[id], nil
}

// may reports whether the reader may do something with what belongs to a case.
func (q *queues) may(need auth.Capability, caseID int64) (bool, error) {
	at, err := q.of(caseID)
	return err == nil && q.who.Can(need, at.queue), err
}

// must is may as an error: whoever may not know of it learns nothing.
func (q *queues) must(need auth.Capability, caseID int64) error {
	for _, n := range []auth.Capability{auth.ReadEvidence, need} {
		ok, err := q.may(n, caseID)
		switch {
		case err != nil:
			return err
		case !ok && n == auth.ReadEvidence:
			return noEvidence()
		case !ok:
			return &jaga.Error{Code: jaga.CodeDenied, Field: "capability", Msg: "none of your roles includes " + string(n) + " in this queue", Hint: "an administrator gives roles, on the page People"}
		}
	}
	return nil
}

// caseOf is the case that a clock or a hold is about; 0 for a file in quarantine
// and for one that is gone.
func (c *console) caseOf(tx *store.Tx, at evidence.Scope) (int64, error) {
	if at.Evidence == "" {
		return at.Case, nil
	}
	it, err := c.Evidence.Get(tx, at.Evidence)
	if jaga.CodeOf(err) == jaga.CodeNotFound {
		return 0, nil
	}
	return it.Case, err
}

// oneAct runs fn as one act: what it looks at stays as it is until its
// records are written.
func (c *console) oneAct(ctx context.Context, fn func(*store.Tx) error) error {
	return c.DB.Bulk(ctx, func(tx *store.Tx) error {
		if err := tx.Lock(); err != nil {
			return err
		}
		return fn(tx)
	})
}

// sealedRow is a sealed file as lists show it.
type sealedRow struct {
	evidence.Item
	Kind   jaga.Kind
	Copies int
	Keep   evidence.Standing
	Over   bool
	Law    string // of the longest clock
	Asked  int64  // the destruction that waits, or the one that was done
}

// Look is the state as a word and a shape: held, kept, over, destroyed, missing.
func (r sealedRow) Look() string {
	switch {
	case r.State == evidence.Destroyed:
		return "destroyed"
	case r.MissingAt > 0:
		return "missing"
	case r.Keep.Held > 0:
		return "held"
	case r.State == evidence.Quarantine:
		return "quarantine"
	case r.Over:
		return "over"
	}
	return "kept"
}

// sealed describes files; copies are counted with their originals.
func (c *console) sealed(tx *store.Tx, s *speaker, list []evidence.Item) (out []sealedRow, err error) {
	copies := map[string]int{}
	for _, it := range list {
		if it.Parent != "" {
			copies[it.Parent]++
		}
	}
	for _, it := range list {
		if it.Parent != "" {
			continue
		}
		row, err := c.sealedRow(tx, s, it)
		if err != nil {
			return nil, err
		}
		row.Copies = copies[it.ID]
		out = append(out, row)
	}
	return out, nil
}

func (c *console) sealedRow(tx *store.Tx, s *speaker, it evidence.Item) (sealedRow, error) {
	row := sealedRow{Item: it, Kind: jaga.KindOther}
	rec, known, err := intake.OfFile(tx, it.ID)
	if err != nil {
		return row, err
	}
	if known {
		row.Kind = rec.Item.Kind
	}
	wishes, err := c.Evidence.DestructionsOf(tx, it.ID)
	if err != nil {
		return row, err
	}
	for _, d := range wishes {
		if d.State != "refused" {
			row.Asked = d.ID
			break
		}
	}
	if it.State == evidence.Destroyed {
		return row, nil
	}
	if row.Keep, err = c.Evidence.Standing(tx, it.ID); err != nil {
		return row, err
	}
	row.Over = row.Keep.Over(tx.Now())
	clocks, err := c.Evidence.Clocks(tx, it.ID)
	if err == nil && len(clocks) > 0 {
		row.Law = c.lawName(s, clocks[0].Profile)
	}
	return row, err
}

// lawName is what a profile of a law is called, or its short name where it is no
// longer known.
func (c *console) lawName(s *speaker, id string) string {
	for _, p := range c.AllLaws {
		if p.ID == id {
			return p.Name.In(s.tag)
		}
	}
	return id
}

// members are a case and those that are part of it, and their files.
func (c *console) members(tx *store.Tx, id int64) (ids []int64, list []evidence.Item, err error) {
	if ids, err = c.Cases.Members(tx, id); err != nil {
		return nil, nil, err
	}
	for _, m := range ids {
		some, err := c.Evidence.OfCase(tx, m)
		if err != nil {
			return nil, nil, err
		}
		list = append(list, some...)
	}
	slices.SortFunc(list, func(a, b evidence.Item) int { return strings.Compare(a.ID, b.ID) })
	return ids, list, nil
}

// caseEvidence is what the page of a case says of its sealed files.
type caseEvidence struct {
	Rows                   []sealedRow
	N, Held, Gone, Waiting int
	More                   int
}

// evidenceShown is how many files the page of a case names.
const evidenceShown = 5

func (c *console) caseEvidence(r *http.Request, v *casePage) error {
	if c.Evidence == nil || !v.Here(string(auth.ReadEvidence)) {
		return nil
	}
	s := c.say(r)
	out := &caseEvidence{}
	err := c.DB.View(r.Context(), func(tx *store.Tx) error {
		_, list, err := c.members(tx, v.Case.ID)
		if err != nil {
			return err
		}
		originals := slices.DeleteFunc(slices.Clone(list), func(it evidence.Item) bool { return it.Parent != "" })
		out.N = len(originals)
		for _, it := range originals {
			if it.State == evidence.Destroyed {
				out.Gone++
			}
		}
		out.More = max(0, out.N-evidenceShown)
		if out.Rows, err = c.sealed(tx, s, originals[:min(len(originals), evidenceShown)]); err != nil {
			return err
		}
		wishes, err := c.Evidence.Exports(tx, v.Case.ID, 0, 20)
		for _, e := range wishes {
			if e.State == evidence.ExportAsked {
				out.Waiting++
			}
		}
		return err
	})
	if err == nil && out.N > 0 {
		v.Evidence = out
	}
	return err
}

// dayField reads a day of a form in the console's zone, at its end. Empty is the
// zero time.
func (c *console) dayField(r *http.Request, name string) (time.Time, error) {
	text := strings.TrimSpace(r.PostFormValue(name))
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.ParseInLocation(time.DateOnly, text, c.zone)
	if err != nil || at.Year() < 1971 || at.Year() > 2999 {
		return at, &jaga.Error{Code: jaga.CodeInvalid, Field: name, Msg: "this is no day"}
	}
	return at.AddDate(0, 0, 1).Add(-time.Second), nil
}

// trimmed is a text of a form without space around it.
func trimmed(r *http.Request, name string) string { return strings.TrimSpace(r.PostFormValue(name)) }

// numberOf reads a number of an address; 0 is none.
func numberOf(r *http.Request, name string) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	if err != nil || n < 1 {
		return 0, noEvidence()
	}
	return n, nil
}

// evidenceError gives the fields of errors about sealed files names of their own.
func evidenceError(err error) error {
	e := asError(err)
	if e == nil || e.Field == "" || e.Field == "capability" || strings.HasPrefix(e.Field, "evid_") {
		return err
	}
	own := *e
	own.Field = "evid_" + e.Field
	return &own
}

// evidenceTells reports whether a refusal is told on the page where it was
// asked.
func evidenceTells(err error) bool {
	e := asError(err)
	return e != nil && e.Field != "capability" && (mendable(err) || e.Code == jaga.CodeDenied)
}

// evidenceProblem says what is wrong. A clock that runs is told with its end.
func (c *console) evidenceProblem(r *http.Request, err error, id string) *problem {
	s := c.say(r)
	if e := asError(err); e != nil && e.Field == "clock" && id != "" {
		var k evidence.Standing
		if verr := c.DB.View(r.Context(), func(tx *store.Tx) (err error) { k, err = c.Evidence.Standing(tx, id); return err }); verr == nil && k.Clocks > 0 {
			if k.Waits() {
				return &problem{Text: s.t("evid.clock_waits")}
			}
			return &problem{Text: s.t("evid.clock_runs", "Day", s.day(time.UnixMicro(k.Until).In(c.zone)))}
		}
	}
	p := c.problem(s, evidenceError(err))
	if p.Field != "" && !slices.Contains(evidenceFields(), p.Field) {
		p.Field = ""
	}
	return p
}

// evidenceFields are the fields of forms that an error can lead to.
func evidenceFields() []string {
	return []string{"evid_reason", "evid_authority", "evid_letter", "evid_until", "evid_from", "evid_to", "evid_grounds", "evid_scope", "evid_files"}
}

// filePath is the page of a file.
func filePath(id string) string { return "/evidence/files/" + id }

func caseEvidencePath(id int64) string { return casePath(id) + "/evidence" }

// caseName names a case that the reader may open.
type caseName struct {
	ID   int64
	Open bool // the reader may open its page
}

func (q *queues) name(id int64) (caseName, error) {
	at, err := q.of(id)
	return caseName{cmp.Or(at.root, id), at.root > 0 && q.who.Can(auth.ReadCases, at.queue)}, err
}
