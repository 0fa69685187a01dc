package console

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/store"
)

// destructionRow is a wish to destroy as a page shows it.
type destructionRow struct {
	evidence.Destruction
	Item     evidence.Item
	In       caseName
	Who, End string
	Mine     bool // the reader asked
	May      bool // the reader may carry it out, were they another person
	Words    bool // the reader may read reason, authority and letter
}

func (c *console) destructionRow(q *queues, names func(string) string, d evidence.Destruction, it evidence.Item) (row destructionRow, err error) {
	row = destructionRow{Destruction: d, Item: it, Who: names(d.AskedBy), End: names(d.DecidedBy), Mine: d.AskedBy == q.who.Actor}
	if row.In, err = q.name(it.Case); err != nil {
		return row, err
	}
	row.May, err = q.may(auth.DestroyEvidence, it.Case)
	row.Words = row.May
	return row, err
}

// destructions are a page of them.
type destructions struct {
	Rows []destructionRow
	Next int64 // the number of the last one where there are more
}

// destructionRows lists wishes that the reader may know of: those that wait, or
// those that were decided before a number.
func (c *console) destructionRows(r *http.Request, q *queues, before int64, waiting bool) (out destructions, err error) {
	names, err := c.names(r.Context(), c.say(r))
	if err != nil {
		return out, err
	}
	for {
		var list []evidence.Destruction
		items := map[string]evidence.Item{}
		err := c.DB.View(r.Context(), func(tx *store.Tx) (err error) {
			if waiting {
				list, err = c.Evidence.Destructions(tx)
			} else {
				list, err = c.Evidence.Decided(tx, before, evidenceMost)
			}
			for _, d := range list {
				if err == nil {
					items[d.Evidence], err = c.Evidence.Get(tx, d.Evidence)
				}
			}
			return err
		})
		if err != nil {
			return out, err
		}
		for _, d := range list {
			before = d.ID
			may, err := q.may(auth.ReadEvidence, items[d.Evidence].Case)
			if err != nil {
				return out, err
			}
			if !may {
				continue
			}
			row, err := c.destructionRow(q, names, d, items[d.Evidence])
			if err != nil {
				return out, err
			}
			if out.Rows = append(out.Rows, row); !waiting && len(out.Rows) == evidencePerPage {
				out.Next = before
				return out, nil
			}
		}
		if waiting || len(list) < evidenceMost {
			return out, nil
		}
	}
}

// dueRows lists files that need not be kept any longer.
func (c *console) dueRows(r *http.Request, q *queues) (out []sealedRow, err error) {
	s := c.say(r)
	var list []evidence.Item
	rows := map[string]sealedRow{}
	err = c.DB.View(r.Context(), func(tx *store.Tx) (err error) {
		if list, err = c.Evidence.Due(tx, evidenceMost); err != nil {
			return err
		}
		for _, it := range list {
			if rows[it.ID], err = c.sealedRow(tx, s, it); err != nil {
				return err
			}
		}
		return nil
	})
	for _, it := range list {
		may := false
		if err == nil {
			may, err = q.may(auth.ReadEvidence, it.Case)
		}
		if row := rows[it.ID]; may && row.Asked == 0 {
			out = append(out, row)
		}
	}
	return out, err
}

type destructionsPage struct {
	page
	Waiting []destructionRow
	Due     []sealedRow
	Done    []destructionRow
	Later   string
}

func (c *console) destructionsPage(w http.ResponseWriter, r *http.Request) error {
	s, q := c.say(r), c.queues(r)
	v := &destructionsPage{page: c.page(r, "evidence", s.t("evid.destructions"))}
	v.Notice = c.evidenceNotice(r)
	before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64) // nonsense begins anew
	waiting, err := c.destructionRows(r, q, 0, true)
	if err != nil {
		return err
	}
	if v.Due, err = c.dueRows(r, q); err != nil {
		return err
	}
	done, err := c.destructionRows(r, q, max(0, before), false)
	if err != nil {
		return err
	}
	v.Waiting, v.Done = waiting.Rows, done.Rows
	if done.Next != 0 {
		v.Later = "/evidence/destructions?before=" + strconv.FormatInt(done.Next, 10) + "#done"
	}
	return c.render(w, r, http.StatusOK, "evidence_destructions", v)
}

// destructionAsk asks for a file to be destroyed.
func (c *console) destructionAsk(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	form := typedForm(r, "destroy")
	if _, err := c.evidenceItem(r, c.queues(r), form.Evidence, auth.DestroyEvidence); err != nil {
		return err
	}
	var id int64
	err := c.oneAct(r.Context(), func(tx *store.Tx) (err error) {
		id, err = c.Evidence.AskDestroy(tx, actor(r), evidence.NewDestruction{Evidence: form.Evidence, Grounds: evidence.Grounds(form.Grounds), Reason: form.Reason, Authority: form.Authority, Letter: form.Letter})
		return err
	})
	if err != nil {
		if !evidenceTells(err) {
			return err
		}
		return c.evidenceFileView(w, r, jaga.CodeOf(err).HTTPStatus(), form.Evidence, form, err)
	}
	return seeOther(w, r, destructionPath(id)+"?done=asked")
}

func destructionPath(id int64) string { return "/evidence/destructions/" + strconv.FormatInt(id, 10) }

// theDestruction returns the wish of the address if the reader may do something
// with its file.
func (c *console) theDestruction(r *http.Request, need auth.Capability) (d evidence.Destruction, it evidence.Item, err error) {
	id, err := numberOf(r, "id")
	if err != nil {
		return d, it, err
	}
	err = c.DB.View(r.Context(), func(tx *store.Tx) (err error) {
		if d, err = c.Evidence.Destruction(tx, id); err == nil {
			it, err = c.Evidence.Get(tx, d.Evidence)
		}
		return err
	})
	if jaga.CodeOf(err) == jaga.CodeNotFound {
		return d, it, noEvidence()
	}
	if err != nil {
		return d, it, err
	}
	return d, it, c.queues(r).must(need, it.Case)
}

type destructionPage struct {
	page
	Row  destructionRow
	File sealedRow
	// Text is what the certificate says, and Certificate with its signature.
	Text, Certificate string
	Key               string // the name of the key that signed
}

func (c *console) destructionPage(w http.ResponseWriter, r *http.Request) error {
	d, it, err := c.theDestruction(r, auth.ReadEvidence)
	if err != nil {
		return err
	}
	return c.destructionView(w, r, http.StatusOK, d, it, nil)
}

func (c *console) destructionView(w http.ResponseWriter, r *http.Request, status int, d evidence.Destruction, it evidence.Item, wrong error) error {
	s, q := c.say(r), c.queues(r)
	v := &destructionPage{page: c.page(r, "evidence", s.t("evid.destruction", "ID", d.ID))}
	v.Path = destructionPath(d.ID)
	v.Notice = c.evidenceNotice(r)
	if wrong != nil {
		v.Problem = c.evidenceProblem(r, wrong, it.ID)
	}
	names, err := c.names(r.Context(), s)
	if err != nil {
		return err
	}
	if v.Row, err = c.destructionRow(q, names, d, it); err != nil {
		return err
	}
	err = c.DB.View(r.Context(), func(tx *store.Tx) error { v.File, err = c.sealedRow(tx, s, it); return err })
	if err != nil {
		return err
	}
	if v.Certificate = d.Certificate; v.Certificate != "" {
		text, signature, _ := strings.Cut(v.Certificate, "\n\n")
		v.Text = text
		if name, _, ok := strings.Cut(strings.TrimPrefix(signature, "— "), " "); ok {
			v.Key = name
		}
	}
	return c.render(w, r, status, "evidence_destruction", v)
}

// certificate hands the signed certificate out as a file.
func (c *console) certificate(w http.ResponseWriter, r *http.Request) error {
	d, _, err := c.theDestruction(r, auth.ReadEvidence)
	if err != nil {
		return err
	}
	if d.Certificate == "" {
		return noEvidence()
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="certificate-`+strconv.FormatInt(d.ID, 10)+`.txt"`)
	_, _ = w.Write([]byte(d.Certificate)) // the reader may have gone
	return nil
}

// destructionRefuse ends a wish without destroying anything.
func (c *console) destructionRefuse(w http.ResponseWriter, r *http.Request) error {
	d, it, err := c.theDestruction(r, auth.DestroyEvidence)
	if err != nil {
		return err
	}
	err = c.oneAct(r.Context(), func(tx *store.Tx) error { return c.Evidence.RefuseDestroy(tx, actor(r), d.ID) })
	if err != nil && evidenceTells(err) {
		return c.destructionView(w, r, jaga.CodeOf(err).HTTPStatus(), d, it, err)
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, destructionPath(d.ID)+"?done=refused")
}

// destructionDo carries it out, for another person than the one who asked.
func (c *console) destructionDo(w http.ResponseWriter, r *http.Request) error {
	d, it, err := c.theDestruction(r, auth.DestroyEvidence)
	if err != nil {
		return err
	}
	if _, err := c.Evidence.Destroy(r.Context(), actor(r), d.ID); err != nil {
		if evidenceTells(err) {
			return c.destructionView(w, r, jaga.CodeOf(err).HTTPStatus(), d, it, err)
		}
		return err
	}
	return seeOther(w, r, destructionPath(d.ID)+"?done=destroyed")
}
