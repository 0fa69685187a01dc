package evidence

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/sealto"
	"github.com/jaga-project/jaga/internal/store"
)

// ExportState is where a wish to hand content out stands.
type ExportState string

// The states of a wish.
const (
	ExportAsked    ExportState = "asked"
	ExportRefused  ExportState = "refused"
	ExportApproved ExportState = "approved"
	// ExportBegan: the files are on their way, or the way ended without a word.
	ExportBegan ExportState = "began"
	// ExportBroken: they did not arrive whole; it can begin again while the
	// approval lasts.
	ExportBroken ExportState = "broken"
	// ExportDone: they were handed out, which happens once.
	ExportDone ExportState = "done"
)

// ExportStates lists all of them.
func ExportStates() []ExportState {
	return []ExportState{ExportAsked, ExportRefused, ExportApproved, ExportBegan, ExportBroken, ExportDone}
}

// ExportLife is how long an approval lasts.
const ExportLife = 24 * time.Hour

// MaxExportFiles is how many files one wish names at most.
const MaxExportFiles = 10_000

// maxReceivers is how many keys one wish names at most.
const maxReceivers = 20

// NewExport is the wish to hand the content of files of a case to an authority.
// The words and the keys are kept sealed.
type NewExport struct {
	Case  int64
	Files []string // ids; working copies are not handed out
	// Reason, Authority and Letter say for what, who receives it, and the
	// number of their matter. Letter may be empty.
	Reason, Authority, Letter string
	// To are public keys of age; the files are encrypted to all of them.
	To []string
}

// Export is a wish as it stands.
type Export struct {
	NewExport
	ID        int64
	State     ExportState
	AskedBy   string
	AskedAt   int64 // microseconds since 1970, as the others; 0 is never
	DecidedBy string
	DecidedAt int64
	Until     int64 // the end of the approval
	BeganAt   int64
	EndedAt   int64
	Facts     string // digest of the facts of the bundle, once done
}

// Ready reports whether the files can be fetched at a time in microseconds.
func (e Export) Ready(now int64) bool {
	return (e.State == ExportApproved || e.State == ExportBroken) && e.Until > now
}

type exportRow struct {
	ID, Case       int64
	Words          []byte
	State, AskedBy string
	AskedAt        int64
	DecidedBy      string
	DecidedAt      int64
	Until          int64
	BeganAt        int64
	EndedAt        int64
	Facts          string
}

const exportColumns = `id, case_id, words, state, asked_by, asked_at, decided_by, decided_at, until, began_at, ended_at, facts`

// exportWords is what is sealed of a wish.
type exportWords struct {
	words
	To []string `json:"to"`
}

func exportPlace(id int64) string { return "evidence_exports.words:" + strconv.FormatInt(id, 10) }

// AskExport asks for files to be handed out and returns the number of the wish.
// Only people may ask. That the files are of the case is for the caller to know.
func (s *Service) AskExport(tx *store.Tx, actor string, e NewExport) (int64, error) {
	w := exportWords{words{e.Reason, e.Authority, e.Letter}, e.To}
	switch {
	case !person(actor):
		return 0, mayNot("only people ask for files to be handed out")
	case e.Case <= 0:
		return 0, invalid("case", "ask to hand out: there is no such case")
	case e.Authority == "":
		return 0, invalid("authority", "ask to hand out: it must be stated who receives the files")
	case len(e.To) > maxReceivers:
		return 0, invalid("to", "ask to hand out: more than 20 keys")
	case len(e.Files) == 0:
		return 0, invalid("files", "ask to hand out: there is no file")
	case len(e.Files) > MaxExportFiles:
		return 0, invalid("files", "ask to hand out: more than 10,000 files")
	}
	if err := w.check(); err != nil {
		return 0, err
	}
	if err := sealto.Check(e.To); err != nil {
		return 0, err
	}
	for _, id := range e.Files {
		r, err := alive(tx, id)
		if err != nil {
			return 0, err
		}
		if r.Parent != "" || r.state() != Kept {
			return 0, conflict("evidence", "ask to hand out: "+id+" is a working copy, or of no case", "")
		}
	}
	id, err := store.One[int64](tx, `INSERT INTO evidence_exports (case_id, words, state, asked_by, asked_at) VALUES ($1, $2, 'asked', $3, $4) RETURNING id`, e.Case, []byte{}, actor, tx.Now())
	if err != nil {
		return 0, err
	}
	text, err := json.Marshal(w)
	if err != nil {
		panic(err) // strings always encode
	}
	if _, err := tx.Exec(`UPDATE evidence_exports SET words = $1 WHERE id = $2`, s.columns.Seal(exportPlace(id), text), id); err != nil {
		return 0, err
	}
	files := slices.Compact(slices.Sorted(slices.Values(e.Files)))
	next := 0
	if _, err := tx.BulkInsert("evidence_export_files", []string{"export_id", "evidence_id"}, func() ([]any, error) {
		if next == len(files) {
			return nil, nil
		}
		next++
		return []any{id, files[next-1]}, nil
	}); err != nil {
		return 0, err
	}
	to := s.columns.Digest("receivers", []byte(strings.Join(e.To, "\n")))
	return id, tx.Record(exportEvent(actor, "evidence.ask_export", e.Case, id, map[string]string{
		"files": strconv.Itoa(len(files)), "letter": s.letterDigest(w.words), "to": hexOf(to)}))
}

func exportEvent(actor, action string, caseID, id int64, detail map[string]string) custody.Event {
	if detail == nil {
		detail = map[string]string{}
	}
	detail["export"] = strconv.FormatInt(id, 10)
	return custody.Event{Actor: actor, Action: action, Subject: "case:" + strconv.FormatInt(caseID, 10), Detail: detail}
}

func mayNot(msg string) error {
	return &jaga.Error{Code: jaga.CodeDenied, Field: "person", Msg: "hand out evidence: " + msg}
}

// Export returns a wish without its files, which [Service.ExportFiles] lists.
func (s *Service) Export(tx *store.Tx, id int64) (Export, error) {
	r, err := store.One[exportRow](tx, `SELECT `+exportColumns+` FROM evidence_exports WHERE id = $1`, id)
	if err != nil {
		return Export{}, missing(err, "export")
	}
	return s.readExport(r)
}

func (s *Service) readExport(r exportRow) (Export, error) {
	e := Export{NewExport: NewExport{Case: r.Case}, ID: r.ID, State: ExportState(r.State), AskedBy: r.AskedBy, AskedAt: r.AskedAt, DecidedBy: r.DecidedBy, DecidedAt: r.DecidedAt,
		Until: r.Until, BeganAt: r.BeganAt, EndedAt: r.EndedAt, Facts: r.Facts}
	text, err := s.columns.Open(exportPlace(r.ID), r.Words)
	if err != nil {
		return e, err
	}
	var w exportWords
	err = json.Unmarshal(text, &w)
	e.Reason, e.Authority, e.Letter, e.To = w.Reason, w.Authority, w.Letter, w.To
	return e, err
}

// Exports lists wishes, newest first, before a number (0 for the newest): those
// of one case, or of all where caseID is 0.
func (s *Service) Exports(tx *store.Tx, caseID, before int64, limit int) (out []Export, err error) {
	rows, err := store.All[exportRow](tx, `SELECT `+exportColumns+` FROM evidence_exports WHERE (case_id = $1 OR $1 = 0) AND (id < $2 OR $2 = 0) ORDER BY id DESC LIMIT $3`, caseID, before, int64(limit))
	for _, r := range rows {
		if err != nil {
			return nil, err
		}
		var e Export
		e, err = s.readExport(r)
		out = append(out, e)
	}
	return out, err
}

// ExportFiles lists what a wish names, as the files stand now.
func (s *Service) ExportFiles(tx *store.Tx, id int64) ([]Item, error) {
	return items(tx, `id IN (SELECT evidence_id FROM evidence_export_files WHERE export_id = $1) ORDER BY id`, id)
}

// ApproveExport agrees to a wish, for another person than the one who asked. Who
// asked can fetch the files within [ExportLife].
func (s *Service) ApproveExport(tx *store.Tx, actor string, id int64) error {
	e, err := s.Export(tx, id)
	switch {
	case err != nil:
		return err
	case !person(actor):
		return mayNot("only people agree")
	case e.AskedBy == actor:
		return mayNot("another person than the one who asked must agree")
	case e.State != ExportAsked:
		return decidedExport(e)
	}
	until := tx.Now() + ExportLife.Microseconds()
	if _, err := tx.Exec(`UPDATE evidence_exports SET state = 'approved', decided_by = $1, decided_at = $2, until = $3 WHERE id = $4`, actor, tx.Now(), until, id); err != nil {
		return err
	}
	return tx.Record(exportEvent(actor, "evidence.approve_export", e.Case, id, map[string]string{"asked_by": e.AskedBy, "until": strconv.FormatInt(until, 10)}))
}

func decidedExport(e Export) error {
	return conflict("export", "hand out evidence: this is "+string(e.State)+" already", "")
}

// RefuseExport ends a wish, also one that was approved, until its files were
// handed out. Who asked may take it back so.
func (s *Service) RefuseExport(tx *store.Tx, actor string, id int64) error {
	e, err := s.Export(tx, id)
	switch {
	case err != nil:
		return err
	case !person(actor):
		return mayNot("only people refuse")
	case e.State == ExportRefused || e.State == ExportDone || e.State == ExportBegan:
		return decidedExport(e)
	}
	if _, err := tx.Exec(`UPDATE evidence_exports SET state = 'refused', decided_by = $1, decided_at = $2, until = 0 WHERE id = $3`, actor, tx.Now(), id); err != nil {
		return err
	}
	return tx.Record(exportEvent(actor, "evidence.refuse_export", e.Case, id, nil))
}

// BeginExport begins to hand the files out, to the person who asked. From then
// on [Service.Handing] yields them, and [Service.EndExport] must be called.
func (s *Service) BeginExport(tx *store.Tx, actor string, id int64) (Export, error) {
	e, err := s.Export(tx, id)
	switch {
	case err != nil:
		return e, err
	case e.AskedBy != actor:
		return e, mayNot("who asked fetches the files")
	case e.State == ExportAsked:
		return e, conflict("export", "hand out evidence: nobody agreed yet", "another person must")
	case e.State != ExportApproved && e.State != ExportBroken:
		return e, decidedExport(e)
	case !e.Ready(tx.Now()):
		return e, conflict("until", "hand out evidence: the approval is over", "ask again")
	}
	if _, err := tx.Exec(`UPDATE evidence_exports SET state = 'began', began_at = $1 WHERE id = $2`, tx.Now(), id); err != nil {
		return e, err
	}
	e.State = ExportBegan
	return e, tx.Record(exportEvent(actor, "evidence.begin_export", e.Case, id, map[string]string{"approved_by": e.DecidedBy}))
}

// EndExport notes how it went: facts is the digest of what was handed out, or
// empty when it did not arrive whole.
func (s *Service) EndExport(tx *store.Tx, actor string, id int64, facts string) error {
	e, err := s.Export(tx, id)
	if err != nil {
		return err
	}
	if e.State != ExportBegan || e.AskedBy != actor {
		return decidedExport(e)
	}
	state, action, detail := ExportDone, "evidence.end_export", map[string]string{"facts": facts}
	if facts == "" {
		state, action, detail = ExportBroken, "evidence.break_export", nil
	}
	if _, err := tx.Exec(`UPDATE evidence_exports SET state = $1, ended_at = $2, facts = $3 WHERE id = $4`, string(state), tx.Now(), facts, id); err != nil {
		return err
	}
	return tx.Record(exportEvent(actor, action, e.Case, id, detail))
}
