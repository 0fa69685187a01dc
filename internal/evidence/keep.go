package evidence

import (
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// Scope is what a clock or a hold is for: one file, or all files of a case,
// those that join it later too. Exactly one is set.
type Scope struct {
	Case     int64
	Evidence string
}

func (c Scope) check() error {
	if (c.Case > 0) == (c.Evidence != "") || c.Case < 0 {
		return invalid("scope", "a clock or hold is for one case or for one file")
	}
	return nil
}

func (c Scope) subject() string {
	if c.Evidence != "" {
		return "evidence:" + c.Evidence
	}
	return "case:" + strconv.FormatInt(c.Case, 10)
}

// Clock says until when something must be kept, as a profile of the law says it.
type Clock struct {
	Profile string // "us-2258a"
	Version string // of the profile
	What    string // "content"
	Start   time.Time
	// Until is the zero time while the clock waits for the event that starts it,
	// such as the submission of a report: until then it has no end.
	Until time.Time
}

// AddClocks starts clocks. A clock is never shortened: the longest of all that
// cover a file counts, and one that was set by mistake runs out.
func (s *Service) AddClocks(tx *store.Tx, actor string, at Scope, clocks []Clock) error {
	if err := at.check(); err != nil {
		return err
	}
	for _, c := range clocks {
		switch {
		case c.Profile == "" || c.Version == "" || c.What == "":
			return invalid("clock", "add clock: profile, version and what must be stated")
		case !c.Until.IsZero() && !c.Until.After(c.Start):
			return invalid("clock", "add clock: it ends before it starts")
		}
		if _, err := tx.Exec(`INSERT INTO evidence_clocks (case_id, evidence_id, profile, version, what, started_at, until, set_by, set_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			at.Case, at.Evidence, c.Profile, c.Version, c.What, c.Start.UnixMicro(), c.until(), actor, tx.Now()); err != nil {
			return err
		}
		err := tx.Record(custody.Event{Actor: actor, Action: "evidence.clock", Subject: at.subject(), Detail: map[string]string{
			"profile": c.Profile, "version": c.Version, "what": c.What, "until": strconv.FormatInt(c.until(), 10)}})
		if err != nil {
			return err
		}
	}
	return nil
}

// NewHold is an order to keep. Reason, Authority and Letter are kept sealed.
type NewHold struct {
	Reason    string
	Authority string // who demands it
	Letter    string // the number of their letter
	From      time.Time
	Until     time.Time // zero while it has no end
	// Asked is until when a letter asks to keep, zero where there is no letter
	// or it does not say. The hold does not end then: people are shown that the
	// time is over, and one of them releases or renews it. With it, Until is
	// zero.
	Asked time.Time
}

// Hold is a hold as it stands.
type Hold struct {
	NewHold
	ID         int64
	Scope      Scope
	Renewals   int64
	By         string
	At         int64
	ReleasedBy string
	ReleasedAt int64
}

// Active reports whether the hold keeps at a time in microseconds. Its beginning
// does not matter: what will be held must be there then.
func (h Hold) Active(now int64) bool {
	return h.ReleasedAt == 0 && (h.Until.IsZero() || h.Until.UnixMicro() > now)
}

// Past reports whether the time for which a letter asked is over, so that a person
// has to say whether the hold stays.
func (h Hold) Past(now int64) bool {
	return h.Active(now) && !h.Asked.IsZero() && h.Asked.UnixMicro() <= now
}

// activeHold is Active in SQL, with the time as $2.
const activeHold = `h.released_at = 0 AND (h.until = 0 OR h.until > $2)`

// words is what a hold or a wish to destroy says in people's words.
type words struct {
	Reason    string `json:"reason"`
	Authority string `json:"authority,omitempty"`
	Letter    string `json:"letter,omitempty"`
}

func (w words) check() error {
	for _, f := range []struct{ name, text string }{{"reason", w.Reason}, {"authority", w.Authority}, {"letter", w.Letter}} {
		if len(f.text) > maxText {
			return invalid(f.name, "it is longer than 1,000 bytes")
		}
	}
	if w.Reason == "" {
		return invalid("reason", "a reason must be stated")
	}
	return nil
}

func (s *Service) sealWords(table string, id int64, w words) []byte {
	text, err := json.Marshal(w)
	if err != nil {
		panic(err) // strings always encode
	}
	return s.columns.Seal(table+".words:"+strconv.FormatInt(id, 10), text)
}

func (s *Service) openWords(table string, id int64, sealed []byte) (w words, err error) {
	text, err := s.columns.Open(table+".words:"+strconv.FormatInt(id, 10), sealed)
	if err == nil {
		err = json.Unmarshal(text, &w)
	}
	return w, err
}

// letterDigest names a letter in custody records without its number.
func (s *Service) letterDigest(w words) string {
	d := s.columns.Digest("letter", []byte(w.Authority+"\n"+w.Letter))
	return hex.EncodeToString(d[:])
}

// AddHold holds a file or a case and returns the hold's number.
func (s *Service) AddHold(tx *store.Tx, actor string, at Scope, h NewHold) (int64, error) {
	if err := at.check(); err != nil {
		return 0, err
	}
	w := words{h.Reason, h.Authority, h.Letter}
	switch {
	case h.Authority == "":
		return 0, invalid("authority", "hold: it must be stated who demands it")
	case !h.Asked.IsZero() && !h.Until.IsZero():
		return 0, invalid("until", "hold: one for a letter is ended by a person, and has no end of its own")
	case !h.Until.IsZero() && (h.Until.UnixMicro() <= tx.Now() || !h.Until.After(h.From)):
		return 0, invalid("until", "hold: its end is over already, or before its beginning")
	}
	if err := w.check(); err != nil {
		return 0, err
	}
	if at.Evidence != "" {
		if _, err := alive(tx, at.Evidence); err != nil {
			return 0, err
		}
	}
	id, err := s.insertHold(tx, at, w, holdRow{From: unixOrZero(h.From), Until: unixOrZero(h.Until), Asked: unixOrZero(h.Asked)}, actor)
	if err != nil {
		return 0, err
	}
	detail := map[string]string{"hold": strconv.FormatInt(id, 10), "letter": s.letterDigest(w), "until": strconv.FormatInt(unixOrZero(h.Until), 10)}
	if !h.Asked.IsZero() {
		detail["asked_until"] = strconv.FormatInt(h.Asked.UnixMicro(), 10)
	}
	return id, tx.Record(custody.Event{Actor: actor, Action: "evidence.hold", Subject: at.subject(), Detail: detail})
}

// insertHold writes a hold with the times and renewals of like.
func (s *Service) insertHold(tx *store.Tx, at Scope, w words, like holdRow, actor string) (int64, error) {
	id, err := store.One[int64](tx, `INSERT INTO evidence_holds (case_id, evidence_id, words, starts_at, until, asked_until, renewals, set_by, set_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
		at.Case, at.Evidence, []byte{}, like.From, like.Until, like.Asked, like.Renews, actor, tx.Now())
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(`UPDATE evidence_holds SET words = $1 WHERE id = $2`, s.sealWords("evidence_holds", id, w), id)
	return id, err
}

func unixOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func timeOrZero(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// RenewHold moves the end of a hold further away; zero takes the end off. One
// that has run out can be renewed too. Of a hold for a letter that is until when
// the letter asks to keep.
func (s *Service) RenewHold(tx *store.Tx, actor string, id int64, until time.Time) error {
	h, err := s.hold(tx, id)
	end, column := h.Until, "until"
	if !h.Asked.IsZero() {
		end, column = h.Asked, "asked_until"
	}
	switch {
	case err != nil:
		return err
	case h.ReleasedAt > 0:
		return conflict("hold", "renew hold: it was released", "set a new hold")
	case !until.IsZero() && (end.IsZero() || !until.After(end)):
		return invalid("until", "renew hold: the new end is not after the old one")
	case !until.IsZero() && until.UnixMicro() <= tx.Now():
		return invalid("until", "renew hold: the new end is over already")
	}
	if _, err := tx.Exec(`UPDATE evidence_holds SET `+column+` = $1, renewals = renewals + 1 WHERE id = $2`, unixOrZero(until), id); err != nil {
		return err
	}
	return tx.Record(custody.Event{Actor: actor, Action: "evidence.renew_hold", Subject: h.Scope.subject(), Detail: map[string]string{
		"hold": strconv.FormatInt(id, 10), column: strconv.FormatInt(unixOrZero(until), 10)}})
}

// ReleaseHold ends a hold.
func (s *Service) ReleaseHold(tx *store.Tx, actor string, id int64) error {
	h, err := s.hold(tx, id)
	if err != nil {
		return err
	}
	if h.ReleasedAt > 0 {
		return conflict("hold", "release hold: it was released already", "")
	}
	if _, err := tx.Exec(`UPDATE evidence_holds SET released_by = $1, released_at = $2 WHERE id = $3`, actor, tx.Now(), id); err != nil {
		return err
	}
	return tx.Record(custody.Event{Actor: actor, Action: "evidence.release_hold", Subject: h.Scope.subject(), Detail: map[string]string{"hold": strconv.FormatInt(id, 10)}})
}

type holdRow struct {
	ID, Case            int64
	Evidence            string
	Words               []byte
	From, Until, Renews int64
	By                  string
	At                  int64
	ReleasedBy          string
	ReleasedAt, Asked   int64
}

const holdColumns = `h.id, h.case_id, h.evidence_id, h.words, h.starts_at, h.until, h.renewals, h.set_by, h.set_at, h.released_by, h.released_at, h.asked_until`

func (s *Service) readHold(r holdRow) (Hold, error) {
	w, err := s.openWords("evidence_holds", r.ID, r.Words)
	return Hold{
		NewHold: NewHold{w.Reason, w.Authority, w.Letter, timeOrZero(r.From), timeOrZero(r.Until), timeOrZero(r.Asked)},
		ID:      r.ID, Scope: Scope{r.Case, r.Evidence}, Renewals: r.Renews, By: r.By, At: r.At, ReleasedBy: r.ReleasedBy, ReleasedAt: r.ReleasedAt,
	}, err
}

func (s *Service) hold(tx *store.Tx, id int64) (Hold, error) {
	r, err := store.One[holdRow](tx, `SELECT `+holdColumns+` FROM evidence_holds h WHERE h.id = $1`, id)
	if err != nil {
		return Hold{}, missing(err, "hold")
	}
	return s.readHold(r)
}

// Holds lists the holds of a scope, those of the past too. Holds of a case cover
// its files but are listed for the case alone.
func (s *Service) Holds(tx *store.Tx, at Scope) (out []Hold, err error) {
	if err := at.check(); err != nil {
		return nil, err
	}
	rows, err := store.All[holdRow](tx, `SELECT `+holdColumns+` FROM evidence_holds h WHERE h.case_id = $1 AND h.evidence_id = $2 ORDER BY h.id`, at.Case, at.Evidence)
	if err != nil {
		return nil, err
	}
	return s.readHolds(rows)
}

// Hold returns a hold.
func (s *Service) Hold(tx *store.Tx, id int64) (Hold, error) { return s.hold(tx, id) }

func (s *Service) readHolds(rows []holdRow) (out []Hold, err error) {
	for _, r := range rows {
		h, err := s.readHold(r)
		if err != nil {
			return nil, err
		}
		out = append(out, h)
	}
	return out, nil
}

// AllHolds lists holds of any scope, newest first, before a number (0 for the
// newest): those that keep something now, or those of the past.
func (s *Service) AllHolds(tx *store.Tx, past bool, before int64, limit int) (out []Hold, err error) {
	where := activeHold
	if past {
		where = `NOT (` + activeHold + `)`
	}
	rows, err := store.All[holdRow](tx, `SELECT `+holdColumns+` FROM evidence_holds h WHERE (h.id < $1 OR $1 = 0) AND `+where+` ORDER BY h.id DESC LIMIT $3`, before, tx.Now(), int64(limit))
	if err != nil {
		return nil, err
	}
	return s.readHolds(rows)
}

// Covering lists the active holds that cover a file: its own, those of its
// working copies, and those of its case.
func (s *Service) Covering(tx *store.Tx, id string) (out []Hold, err error) {
	f, err := get(tx, id)
	if err != nil {
		return nil, err
	}
	rows, err := store.All[holdRow](tx, `SELECT `+strings.ReplaceAll(holdColumns, "h.", "x.")+` FROM evidence_holds x WHERE `+covers+` AND x.released_at = 0 AND (x.until = 0 OR x.until > $3) ORDER BY x.id`, f.ID, f.Case, tx.Now())
	if err != nil {
		return nil, err
	}
	return s.readHolds(rows)
}

// Clocks lists the clocks that cover a file, the longest first.
func (s *Service) Clocks(tx *store.Tx, id string) (out []Clock, err error) {
	f, err := get(tx, id)
	if err != nil {
		return nil, err
	}
	rows, err := store.All[struct {
		Profile, Version, What string
		Start, Until           int64
	}](tx, `SELECT x.profile, x.version, x.what, x.started_at, x.until FROM evidence_clocks x WHERE `+covers+` ORDER BY x.until DESC, x.id LIMIT 100`, f.ID, f.Case)
	for _, r := range rows {
		out = append(out, Clock{r.Profile, r.Version, r.What, timeOrZero(r.Start), timeOrZero(r.Until)})
	}
	return out, err
}

// Standing says how long a file must be kept.
type Standing struct {
	// Held is the number of active holds; while there is one, nothing else
	// counts.
	Held int64
	// Clocks is how many clocks cover the file, and Until the end of the
	// longest in microseconds. A file without a clock is kept: nobody has said
	// for how long.
	Clocks, Until int64
}

// Over reports whether the file need not be kept any longer.
func (k Standing) Over(now int64) bool { return k.Held == 0 && k.Clocks > 0 && k.Until <= now }

// Standing returns how long a file must be kept. Holds and clocks of its case
// and of its working copies count.
func (s *Service) Standing(tx *store.Tx, id string) (Standing, error) {
	r, err := alive(tx, id)
	if err != nil {
		return Standing{}, err
	}
	return standing(tx, r)
}

// covers is the condition under which a clock or hold x covers the file $1 of
// the case $2.
const covers = `(x.evidence_id = $1 OR x.evidence_id IN (SELECT id FROM evidence WHERE parent = $1) OR x.evidence_id = '' AND x.case_id = $2 AND x.case_id > 0)`

func standing(tx *store.Tx, r row) (k Standing, err error) {
	k.Held, err = store.One[int64](tx, `SELECT COUNT(*) FROM evidence_holds x WHERE `+covers+` AND x.released_at = 0 AND (x.until = 0 OR x.until > $3)`, r.ID, r.Case, tx.Now())
	if err != nil {
		return k, err
	}
	got, err := store.One[struct{ N, Until int64 }](tx, `SELECT COUNT(*), COALESCE(MAX(x.until), 0) FROM evidence_clocks x WHERE `+covers, r.ID, r.Case)
	k.Clocks, k.Until = got.N, got.Until
	return k, err
}

// noHold refuses what must not be done to a held file.
func noHold(tx *store.Tx, r row) error {
	k, err := standing(tx, r)
	if err == nil && k.Held > 0 {
		err = conflict("hold", "the file must be kept: "+strconv.FormatInt(k.Held, 10)+" holds cover it", "a hold ends when it is released or its end is over")
	}
	return err
}

// Due lists files that need not be kept any longer, those first that are over
// for longest. Nothing is destroyed by itself: two people do it.
func (s *Service) Due(tx *store.Tx, limit int) ([]Item, error) {
	return items(tx, `state = 'kept' AND parent = ''
		AND EXISTS (SELECT 1 FROM evidence_clocks c WHERE `+coversRow("c")+`)
		AND NOT EXISTS (SELECT 1 FROM evidence_clocks c WHERE `+coversRow("c")+` AND c.until > $2)
		AND NOT EXISTS (SELECT 1 FROM evidence_holds h WHERE `+coversRow("h")+` AND `+activeHold+`)
		ORDER BY (SELECT MAX(c.until) FROM evidence_clocks c WHERE `+coversRow("c")+`), id LIMIT $1`, int64(limit), tx.Now())
}

// coversRow is covers for the row of a query over evidence.
func coversRow(x string) string {
	return `(` + x + `.evidence_id = evidence.id OR ` + x + `.evidence_id IN (SELECT k.id FROM evidence k WHERE k.parent = evidence.id) OR ` + x + `.evidence_id = '' AND ` + x + `.case_id = evidence.case_id AND ` + x + `.case_id > 0)`
}

// carry copies the clocks and active holds of a case to a file that leaves it.
// A copy of a hold is released on its own.
func (s *Service) carry(tx *store.Tx, actor string, from int64, id string) error {
	if _, err := tx.Exec(`INSERT INTO evidence_clocks (case_id, evidence_id, profile, version, what, started_at, until, set_by, set_at)
		SELECT 0, $1, profile, version, what, started_at, until, set_by, set_at FROM evidence_clocks WHERE case_id = $2 AND evidence_id = ''`, id, from); err != nil {
		return err
	}
	return s.copyHolds(tx, actor, from, Scope{Evidence: id})
}

// CoverCase holds a case that joins another one as that one is held. Each copy
// of a hold is released on its own, so that it stays when they are parted again.
func (s *Service) CoverCase(tx *store.Tx, actor string, held, joins int64) error {
	if held <= 0 || joins <= 0 || held == joins {
		return invalid("case", "hold case: two different cases are needed")
	}
	return s.copyHolds(tx, actor, held, Scope{Case: joins})
}

func (s *Service) copyHolds(tx *store.Tx, actor string, from int64, at Scope) error {
	holds, err := store.All[holdRow](tx, `SELECT `+holdColumns+` FROM evidence_holds h WHERE h.case_id = $1 AND h.evidence_id = '' AND `+activeHold+` ORDER BY h.id`, from, tx.Now())
	if err != nil {
		return err
	}
	for _, h := range holds {
		w, err := s.openWords("evidence_holds", h.ID, h.Words)
		if err != nil {
			return err
		}
		n, err := s.insertHold(tx, at, w, h, actor)
		if err != nil {
			return err
		}
		if err := tx.Record(custody.Event{Actor: actor, Action: "evidence.hold", Subject: at.subject(), Detail: map[string]string{
			"hold": strconv.FormatInt(n, 10), "letter": s.letterDigest(w), "until": strconv.FormatInt(h.Until, 10), "as": strconv.FormatInt(h.ID, 10)}}); err != nil {
			return err
		}
	}
	return nil
}
