package console

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/store"
)

// evidenceHomePage is what waits for somebody about sealed files.
type evidenceHomePage struct {
	page
	Terms                    []Term // what else is kept
	Holds, Ending            int    // active ones, and those that end within a week
	NextEnd                  int64  // of the first that ends
	Waiting, Due             int    // destructions
	Wishes, Ready            int    // exports that wait for a second person, and that can be fetched
	MoreHolds, MoreDue, More bool   // there are more than were counted
}

// evidenceMost is how many of a kind are counted and listed.
const evidenceMost = 200

// endsSoon is when a hold is listed as one that ends.
const endsSoon = 7 * 24 * 3600 * 1_000_000

func (c *console) evidenceHome(w http.ResponseWriter, r *http.Request) error {
	q, s := c.queues(r), c.say(r)
	v := &evidenceHomePage{page: c.page(r, "evidence", s.t("evid.title"))}
	holds, next, err := c.holdRows(r, q, false, 0)
	if err != nil {
		return err
	}
	now := c.now().UnixMicro()
	v.Holds, v.MoreHolds = len(holds), next != 0
	for _, h := range holds {
		if end := holdEnd(h.Hold); !end.IsZero() {
			v.NextEnd = minOr(v.NextEnd, end.UnixMicro())
			if end.UnixMicro() < now+endsSoon {
				v.Ending++
			}
		}
	}
	waiting, err := c.destructionRows(r, q, 0, true)
	if err != nil {
		return err
	}
	due, err := c.dueRows(r, q)
	if err != nil {
		return err
	}
	v.Waiting, v.Due, v.MoreDue = len(waiting.Rows), len(due), len(due) == evidenceMost
	wishes, more, err := c.exportRows(r, q, 0, 0)
	if err != nil {
		return err
	}
	v.More = more != 0
	for _, e := range wishes {
		if e.State == evidence.ExportAsked {
			v.Wishes++
		}
		if e.Ready(now) {
			v.Ready++
		}
	}
	if v.Terms, err = c.keepTerms(r.Context()); err != nil {
		return err
	}
	return c.render(w, r, http.StatusOK, "evidence", v)
}

// minOr is the smaller of two, where 0 is none.
func minOr(a, b int64) int64 {
	if a == 0 {
		return b
	}
	return min(a, b)
}

// evidenceCasePage lists the sealed files of a case.
type evidenceCasePage struct {
	page
	Case    casework.Case
	Rows    []sealedRow
	N, From int
	Later   string
	Earlier string
	Parts   int // cases that are part of it
	Holds   []holdRow
	Exports []exportRow
	Typed   evidenceForm
	Kept    int // files that can be handed out
}

// evidenceForm is what the forms of a page hold.
type evidenceForm struct {
	Reason, Authority, Letter, From, Until, To, Grounds, Evidence string
	Case                                                          string
	Which                                                         string // the form at fault
}

// Fault is what is wrong with a form, nil when another one is at fault.
func (f evidenceForm) Fault(p *problem, which string) *problem {
	if f.Which != which {
		return nil
	}
	return p
}

func typedForm(r *http.Request, which string) evidenceForm {
	return evidenceForm{trimmed(r, "evid_reason"), trimmed(r, "evid_authority"), trimmed(r, "evid_letter"), trimmed(r, "evid_from"), trimmed(r, "evid_until"), trimmed(r, "evid_to"),
		trimmed(r, "evid_grounds"), trimmed(r, "evidence"), trimmed(r, "evid_scope"), which}
}

// Here reports whether the reader may do something in the queue of the case.
func (v *evidenceCasePage) Here(capability string) bool {
	return v.who.Can(auth.Capability(capability), v.Case.Queue)
}

// evidencePerPage is how many files one page lists.
const evidencePerPage = 50

// evidenceCaseOf returns the case of the address.
func (c *console) evidenceCaseOf(r *http.Request, need auth.Capability) (casework.Case, error) {
	cs, err := c.theCase(r, auth.ReadEvidence)
	if err == nil && cs.MergedInto > 0 {
		var root int64
		if _, root, err = c.Cases.Get(r.Context(), cs.ID); err == nil {
			cs, err = c.readable(r, root, auth.ReadEvidence)
		}
	}
	if err == nil && need != auth.ReadEvidence {
		cs, err = c.readable(r, cs.ID, need)
	}
	return cs, err
}

func (c *console) evidenceCase(w http.ResponseWriter, r *http.Request) error {
	cs, err := c.evidenceCaseOf(r, auth.ReadEvidence)
	if err != nil {
		return err
	}
	return c.evidenceCaseView(w, r, http.StatusOK, cs, evidenceForm{}, nil)
}

func (c *console) evidenceCaseView(w http.ResponseWriter, r *http.Request, status int, cs casework.Case, typed evidenceForm, wrong error) error {
	s, q := c.say(r), c.queues(r)
	v := &evidenceCasePage{page: c.page(r, "cases", s.t("evid.of_case", "ID", cs.ID)), Case: cs, Typed: typed}
	v.Path = caseEvidencePath(cs.ID)
	v.Notice = c.evidenceNotice(r)
	if wrong != nil {
		v.Problem = c.evidenceProblem(r, wrong, typed.Evidence)
	}
	after := r.URL.Query().Get("after")
	var ids []int64
	err := c.DB.View(r.Context(), func(tx *store.Tx) error {
		var list []evidence.Item
		var err error
		if ids, list, err = c.members(tx, cs.ID); err != nil {
			return err
		}
		originals := slices.DeleteFunc(slices.Clone(list), func(it evidence.Item) bool { return it.Parent != "" })
		v.N = len(originals)
		for _, it := range originals {
			if it.State == evidence.Kept && it.MissingAt == 0 {
				v.Kept++
			}
		}
		from, _ := slices.BinarySearchFunc(originals, after, func(it evidence.Item, id string) int {
			if it.ID <= id {
				return -1
			}
			return 1
		})
		to := min(from+evidencePerPage, len(originals))
		v.From = from
		if to < len(originals) {
			v.Later = caseEvidencePath(cs.ID) + "?after=" + originals[to-1].ID + "#files"
		}
		if from > 0 {
			v.Earlier = caseEvidencePath(cs.ID) + "#files"
		}
		shown := originals[from:to]
		for _, it := range list {
			if it.Parent != "" {
				shown = append(shown, it)
			}
		}
		v.Rows, err = c.sealed(tx, s, slices.Clone(shown))
		return err
	})
	if err != nil {
		return err
	}
	v.Parts = len(ids) - 1
	names, err := c.names(r.Context(), s)
	if err != nil {
		return err
	}
	err = c.DB.View(r.Context(), func(tx *store.Tx) error {
		for _, id := range ids {
			holds, err := c.Evidence.Holds(tx, evidence.Scope{Case: id})
			if err != nil {
				return err
			}
			for _, h := range holds {
				row, err := c.holdRow(q, names, h, id)
				if err != nil {
					return err
				}
				v.Holds = append(v.Holds, row)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(v.Holds, func(a, b holdRow) int { return cmp.Compare(b.ID, a.ID) })
	if v.Exports, _, err = c.exportRows(r, q, cs.ID, 0); err != nil {
		return err
	}
	return c.render(w, r, status, "evidence_case", v)
}

// evidenceFilePage is one sealed file, without its content.
type evidenceFilePage struct {
	page
	Row    sealedRow
	In     caseName
	Queue  string
	Clocks []clockRow
	Holds  []holdRow
	Wishes []destructionRow
	Copies []evidence.Item
	Typed  evidenceForm
	By     string
	Parent string
}

// Here reports whether the reader may do something with the file.
func (v *evidenceFilePage) Here(capability string) bool {
	return v.who.Can(auth.Capability(capability), v.Queue)
}

// Grounds are those of a form.
func (v *evidenceFilePage) Grounds() []evidence.Grounds { return evidence.AllGrounds() }

// Waits is the wish to destroy that nobody decided yet, 0 for none.
func (v *evidenceFilePage) Waits() int64 {
	for _, d := range v.Wishes {
		if d.State == "asked" {
			return d.ID
		}
	}
	return 0
}

// clockRow is a clock of a law as a page shows it.
type clockRow struct {
	evidence.Clock
	Law  string
	Over bool
}

func (c *console) evidenceFile(w http.ResponseWriter, r *http.Request) error {
	return c.evidenceFileView(w, r, http.StatusOK, r.PathValue("evidence"), evidenceForm{}, nil)
}

func (c *console) evidenceFileView(w http.ResponseWriter, r *http.Request, status int, id string, typed evidenceForm, wrong error) error {
	s, q := c.say(r), c.queues(r)
	it, err := c.evidenceItem(r, q, id, auth.ReadEvidence)
	if err != nil {
		return err
	}
	v := &evidenceFilePage{page: c.page(r, "evidence", s.t("evid.file")), Typed: typed, Parent: it.Parent}
	v.Path = filePath(it.ID)
	v.Notice = c.evidenceNotice(r)
	if wrong != nil {
		v.Problem = c.evidenceProblem(r, wrong, it.ID)
	}
	names, err := c.names(r.Context(), s)
	if err != nil {
		return err
	}
	at, err := q.of(it.Case)
	if err != nil {
		return err
	}
	v.Queue, v.By = at.queue, names(it.By)
	if v.In, err = q.name(it.Case); err != nil {
		return err
	}
	var holds []evidence.Hold
	var wishes []evidence.Destruction
	now := c.now().UnixMicro()
	err = c.DB.View(r.Context(), func(tx *store.Tx) error {
		if v.Row, err = c.sealedRow(tx, s, it); err != nil {
			return err
		}
		clocks, err := c.Evidence.Clocks(tx, it.ID)
		if err != nil {
			return err
		}
		for _, k := range clocks {
			v.Clocks = append(v.Clocks, clockRow{k, c.lawName(s, k.Profile), !k.Waits() && k.Until.UnixMicro() <= now})
		}
		if holds, err = c.Evidence.Covering(tx, it.ID); err != nil {
			return err
		}
		if wishes, err = c.Evidence.DestructionsOf(tx, it.ID); err != nil || it.Case == 0 {
			return err
		}
		all, err := c.Evidence.OfCase(tx, it.Case)
		for _, k := range all {
			if k.Parent == it.ID {
				v.Copies = append(v.Copies, k)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	v.Row.Copies = len(v.Copies)
	for _, h := range holds {
		row, err := c.holdRow(q, names, h, it.Case)
		if err != nil {
			return err
		}
		v.Holds = append(v.Holds, row)
	}
	for _, d := range wishes {
		row, err := c.destructionRow(q, names, d, it)
		if err != nil {
			return err
		}
		v.Wishes = append(v.Wishes, row)
	}
	return c.render(w, r, status, "evidence_file", v)
}

// evidenceItem returns a file if the reader may do something with it.
func (c *console) evidenceItem(r *http.Request, q *queues, id string, need auth.Capability) (it evidence.Item, err error) {
	err = c.DB.View(r.Context(), func(tx *store.Tx) (err error) { it, err = c.Evidence.Get(tx, id); return err })
	if jaga.CodeOf(err) == jaga.CodeNotFound {
		return it, noEvidence()
	}
	if err != nil {
		return it, err
	}
	return it, q.must(need, it.Case)
}

// evidenceNotice tells what an act has done.
func (c *console) evidenceNotice(r *http.Request) *notice {
	if r.Method != http.MethodGet {
		return nil
	}
	s := c.say(r)
	switch r.URL.Query().Get("done") {
	case "held":
		return &notice{true, s.t("evid.done_held")}
	case "renewed":
		return &notice{true, s.t("evid.done_renewed")}
	case "released":
		return &notice{true, s.t("evid.done_released")}
	case "asked":
		return &notice{true, s.t("evid.done_asked")}
	case "refused":
		return &notice{true, s.t("evid.done_refused")}
	case "destroyed":
		return &notice{true, s.t("evid.done_destroyed")}
	case "approved":
		return &notice{true, s.t("evid.done_approved")}
	}
	return nil
}
