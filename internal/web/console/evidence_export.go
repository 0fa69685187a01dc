package console

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/proof"
	"github.com/jaga-project/jaga/internal/store"
)

// exportRow is a wish to hand files out as a page shows it.
type exportRow struct {
	evidence.Export
	In       caseName
	Who, End string
	N        int
	Bytes    int64
	Lost     int  // files that are not there any more
	Mine     bool // the reader asked
	May      bool
	CanFetch bool
	Over     bool // the approval ended before the files were fetched
}

// receiverKey is a public key. Short tells two apart where the whole one, of the
// kind that outlasts quantum computers, would fill the page; empty for others.
type receiverKey struct{ Short, Whole string }

// Keys are the keys that the files are encrypted to.
func (r exportRow) Keys() (out []receiverKey) {
	for _, k := range r.To {
		out = append(out, receiverKey{Whole: k})
		if n := len(k); n > 120 {
			out[len(out)-1].Short = k[:20] + "…" + k[n-12:]
		}
	}
	return out
}

// exportRows lists the wishes about cases that the reader may know of, newest
// first, before a number; of one case where caseID is not 0.
func (c *console) exportRows(r *http.Request, q *queues, caseID, before int64) (out []exportRow, next int64, err error) {
	names, err := c.names(r.Context(), c.say(r))
	if err != nil {
		return nil, 0, err
	}
	for {
		var list []evidence.Export
		err := c.DB.View(r.Context(), func(tx *store.Tx) (err error) {
			list, err = c.Evidence.Exports(tx, caseID, before, evidencePerPage)
			return err
		})
		if err != nil {
			return nil, 0, err
		}
		for _, e := range list {
			before = e.ID
			may, err := q.may(auth.ReadEvidence, e.Case)
			if err != nil {
				return nil, 0, err
			}
			if !may {
				continue
			}
			row, err := c.exportRow(r.Context(), q, names, e)
			if err != nil {
				return nil, 0, err
			}
			if out = append(out, row); len(out) == evidencePerPage {
				return out, before, nil
			}
		}
		if len(list) < evidencePerPage {
			return out, 0, nil
		}
	}
}

func (c *console) exportRow(ctx context.Context, q *queues, names func(string) string, e evidence.Export) (row exportRow, err error) {
	now := c.now().UnixMicro()
	row = exportRow{Export: e, Who: names(e.AskedBy), End: names(e.DecidedBy), Mine: e.AskedBy == q.who.Actor}
	row.CanFetch = row.Mine && e.Ready(now)
	row.Over = (e.State == evidence.ExportApproved || e.State == evidence.ExportBroken) && !e.Ready(now)
	if row.In, err = q.name(e.Case); err != nil {
		return row, err
	}
	if row.May, err = q.may(auth.ExportEvidence, e.Case); err != nil {
		return row, err
	}
	err = c.DB.View(ctx, func(tx *store.Tx) error {
		files, err := c.Evidence.ExportFiles(tx, e.ID)
		for _, f := range files {
			row.N++
			if f.State != evidence.Kept || f.MissingAt > 0 {
				row.Lost++
				continue
			}
			row.Bytes += f.Size
		}
		return err
	})
	return row, err
}

type exportsPage struct {
	page
	Rows  []exportRow
	Later string
}

func (c *console) exportsPage(w http.ResponseWriter, r *http.Request) error {
	return c.exportsView(w, r, http.StatusOK, nil)
}

func (c *console) exportsView(w http.ResponseWriter, r *http.Request, status int, wrong error) error {
	v := &exportsPage{page: c.page(r, "evidence", c.say(r).t("evid.exports"))}
	if r.Method != http.MethodGet {
		v.Path = "/evidence/exports"
	}
	v.Notice = c.evidenceNotice(r)
	if wrong != nil {
		v.Problem = c.evidenceProblem(r, wrong, "")
	}
	before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64) // nonsense begins anew
	rows, next, err := c.exportRows(r, c.queues(r), 0, max(0, before))
	if err != nil {
		return err
	}
	if v.Rows = rows; next != 0 {
		v.Later = "/evidence/exports?before=" + strconv.FormatInt(next, 10)
	}
	return c.render(w, r, status, "evidence_exports", v)
}

// exportAsk asks for the files of a case, or those that are named, to be handed out.
func (c *console) exportAsk(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	cs, err := c.evidenceCaseOf(r, auth.ExportEvidence)
	if err != nil {
		return err
	}
	form := typedForm(r, "export")
	err = c.oneAct(r.Context(), func(tx *store.Tx) error {
		_, list, err := c.members(tx, cs.ID)
		if err != nil {
			return err
		}
		var ids []string
		named := strings.Fields(form.Evidence)
		for _, it := range list {
			if it.Parent == "" && it.State == evidence.Kept && it.MissingAt == 0 && (len(named) == 0 || slices.Contains(named, it.ID)) {
				ids = append(ids, it.ID)
			}
		}
		for _, id := range named {
			if !slices.Contains(ids, id) {
				return &jaga.Error{Code: jaga.CodeInvalid, Field: "files", Msg: "ask to hand out: a file that is named is not there, or not of this case"}
			}
		}
		_, err = c.Evidence.AskExport(tx, actor(r), evidence.NewExport{Case: cs.ID, Files: ids, Reason: form.Reason, Authority: form.Authority, Letter: form.Letter, To: strings.Fields(form.To)})
		return err
	})
	if err != nil {
		if !evidenceTells(err) {
			return err
		}
		return c.evidenceCaseView(w, r, jaga.CodeOf(err).HTTPStatus(), cs, form, err)
	}
	return seeOther(w, r, caseEvidencePath(cs.ID)+"?done=asked#exports")
}

// theExport returns the wish of the address if the reader may do something with
// its case.
func (c *console) theExport(r *http.Request) (e evidence.Export, err error) {
	id, err := numberOf(r, "id")
	if err != nil {
		return e, err
	}
	err = c.DB.View(r.Context(), func(tx *store.Tx) (err error) { e, err = c.Evidence.Export(tx, id); return err })
	if jaga.CodeOf(err) == jaga.CodeNotFound {
		return e, noEvidence()
	}
	if err != nil {
		return e, err
	}
	return e, c.queues(r).must(auth.ExportEvidence, e.Case)
}

func (c *console) exportDecide(w http.ResponseWriter, r *http.Request, done string, act func(tx *store.Tx, actor string, id int64) error) error {
	e, err := c.theExport(r)
	if err != nil {
		return err
	}
	err = c.oneAct(r.Context(), func(tx *store.Tx) error { return act(tx, actor(r), e.ID) })
	if err != nil && evidenceTells(err) {
		return c.exportsView(w, r, jaga.CodeOf(err).HTTPStatus(), err)
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, "/evidence/exports?done="+done+"#export-"+strconv.FormatInt(e.ID, 10))
}

func (c *console) exportApprove(w http.ResponseWriter, r *http.Request) error {
	return c.exportDecide(w, r, "approved", c.Evidence.ApproveExport)
}

func (c *console) exportRefuse(w http.ResponseWriter, r *http.Request) error {
	return c.exportDecide(w, r, "refused", c.Evidence.RefuseExport)
}

// exportFetch streams the bundle to the person who asked. What was not sent whole
// can be fetched again while the approval lasts.
func (c *console) exportFetch(w http.ResponseWriter, r *http.Request) error {
	e, err := c.theExport(r)
	if err != nil {
		return err
	}
	me := actor(r)
	x := proof.Export{Actor: me, Reference: e.Letter, Subjects: []string{casework.Subject(e.Case)}}
	err = c.oneAct(r.Context(), func(tx *store.Tx) error {
		if e, err = c.Evidence.BeginExport(tx, me, e.ID); err != nil {
			return err
		}
		handed, err := c.Evidence.Handing(tx, e)
		if err != nil {
			return err
		}
		for _, h := range handed {
			x.Files = append(x.Files, proof.File{FileFact: h.FileFact, Open: h.Open})
		}
		return nil
	})
	if err != nil {
		if evidenceTells(err) {
			return c.exportsView(w, r, jaga.CodeOf(err).HTTPStatus(), err)
		}
		return err
	}
	facts, err := c.sendBundle(w, r, casework.Subject(e.Case), x)
	// The reader may have gone; how it went is noted all the same.
	if nerr := c.oneAct(context.WithoutCancel(r.Context()), func(tx *store.Tx) error { return c.Evidence.EndExport(tx, me, e.ID, facts) }); nerr != nil {
		c.Log.Error("note how handing files out went", "export", e.ID, "error", nerr)
	}
	return ended(err)
}

// exportRecords hands out what the custody log says of a case and of all that
// belongs to it, and no content. One person may.
func (c *console) exportRecords(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	cs, err := c.evidenceCaseOf(r, auth.ExportEvidence)
	if err != nil {
		return err
	}
	form := typedForm(r, "records")
	x := proof.Export{Actor: actor(r), Subjects: []string{casework.Subject(cs.ID)}, Reference: form.Letter, To: strings.Fields(form.To)}
	_, err = c.sendBundle(w, r, casework.Subject(cs.ID), x)
	if err != nil && evidenceTells(err) {
		return c.evidenceCaseView(w, r, jaga.CodeOf(err).HTTPStatus(), cs, form, err)
	}
	return ended(err)
}

// cutOff is the error of an answer that was under way: only its end can say that
// it is not whole.
type cutOff struct{ err error }

func (c cutOff) Error() string { return c.err.Error() }

func ended(err error) error {
	if _, cut := err.(cutOff); cut {
		panic(http.ErrAbortHandler)
	}
	return err
}

// sendBundle streams a bundle and returns the digest of its facts once it was sent
// whole.
func (c *console) sendBundle(w http.ResponseWriter, r *http.Request, subject string, x proof.Export) (facts string, err error) {
	name := strings.ReplaceAll(subject, ":", "-") + "-" + c.now().UTC().Format("20060102-150405") + ".zip"
	if len(x.To) > 0 {
		name += ".age"
	}
	out := &stream{w: w, control: http.NewResponseController(w), name: name}
	done, err := c.Proof.Export(r.Context(), out, x)
	if err == nil {
		if ferr := out.control.Flush(); ferr != nil && out.begun && r.Context().Err() != nil {
			err = ferr
		}
	}
	switch {
	case err == nil:
		return done.Digest, nil
	case !out.begun:
		return "", err
	case r.Context().Err() == nil:
		c.Log.Error("send bundle", "about", subject, "error", err)
	}
	return "", cutOff{err}
}

// sendTime is how long one piece of an answer may take to be taken: a slow line
// has all the time it needs, one that stands still ends.
const sendTime = 2 * time.Minute

// stream sends a file as it is made, without knowing its length.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	name    string
	begun   bool
	last    time.Time
}

// Write implements io.Writer.
func (s *stream) Write(p []byte) (int, error) {
	if !s.begun {
		s.begun = true
		s.w.Header().Set("Content-Type", "application/octet-stream")
		s.w.Header().Set("Content-Disposition", `attachment; filename="`+s.name+`"`)
	}
	if now := time.Now(); now.Sub(s.last) > time.Second {
		s.last = now
		_ = s.control.SetWriteDeadline(now.Add(sendTime)) // not every writer has one
	}
	return s.w.Write(p)
}
