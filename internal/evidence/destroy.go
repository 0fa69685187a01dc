package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// Grounds say why a file may be destroyed.
type Grounds string

// The grounds. None goes against a hold.
const (
	// Expired: every clock is over. At least one must have been set.
	Expired Grounds = "expired"
	// Ordered: an authority demands it, whatever the clocks say.
	Ordered Grounds = "ordered"
	// Mistaken: it should never have been kept, and no clock runs. A file whose
	// clock runs is kept even so: the longest keep wins.
	Mistaken Grounds = "mistaken"
)

// AllGrounds lists them in the order of a form.
func AllGrounds() []Grounds { return []Grounds{Expired, Ordered, Mistaken} }

// NewDestruction is the wish to destroy a file. The words are kept sealed.
type NewDestruction struct {
	Evidence string
	Grounds  Grounds
	Reason   string
	// Authority and Letter must be stated for an order.
	Authority, Letter string
}

// Destruction is a wish to destroy as it stands.
type Destruction struct {
	NewDestruction
	ID          int64
	State       string // asked, refused, done
	AskedBy     string
	AskedAt     int64
	DecidedBy   string
	DecidedAt   int64
	Certificate string // the signed note, once done
}

type destructionRow struct {
	ID                int64
	Evidence, Grounds string
	Words             []byte
	State, AskedBy    string
	AskedAt           int64
	DecidedBy         string
	DecidedAt         int64
	Certificate       string
}

const destructionColumns = `id, evidence_id, grounds, words, state, asked_by, asked_at, decided_by, decided_at, certificate`

// person reports whether an actor is a human being who signed in.
func person(actor string) bool { return strings.HasPrefix(actor, "person:") }

// AskDestroy asks for the destruction of a file with its working copies and
// returns the number of the wish. Only people may ask.
func (s *Service) AskDestroy(tx *store.Tx, actor string, d NewDestruction) (int64, error) {
	w := words{d.Reason, d.Authority, d.Letter}
	if err := w.check(); err != nil {
		return 0, err
	}
	switch {
	case !person(actor):
		return 0, denied("only people ask for a destruction")
	case !slices.Contains(AllGrounds(), d.Grounds):
		return 0, invalid("grounds", "ask for destruction: the grounds are expired, ordered or mistaken")
	case d.Grounds == Ordered && (d.Authority == "" || d.Letter == ""):
		return 0, invalid("authority", "ask for destruction: an order has an authority and the number of a letter")
	}
	if _, err := s.mayDestroy(tx, d.Evidence, d.Grounds); err != nil {
		return 0, err
	}
	id, err := store.One[int64](tx, `INSERT INTO evidence_destructions (evidence_id, grounds, words, state, asked_by, asked_at) VALUES ($1, $2, $3, 'asked', $4, $5) RETURNING id`,
		d.Evidence, string(d.Grounds), []byte{}, actor, tx.Now())
	if jaga.CodeOf(err) == jaga.CodeConflict {
		return 0, conflict("evidence", "ask for destruction: somebody asked for it already", "another person can carry it out or refuse it")
	}
	if err != nil {
		return 0, err
	}
	if _, err := tx.Exec(`UPDATE evidence_destructions SET words = $1 WHERE id = $2`, s.sealWords("evidence_destructions", id, w), id); err != nil {
		return 0, err
	}
	return id, tx.Record(event(actor, "evidence.ask_destroy", d.Evidence, map[string]string{
		"destruction": strconv.FormatInt(id, 10), "grounds": string(d.Grounds), "letter": s.letterDigest(w)}))
}

func denied(msg string) error {
	return &jaga.Error{Code: jaga.CodeDenied, Field: "person", Msg: "destroy evidence: " + msg}
}

// mayDestroy returns the file where holds and clocks allow its destruction now.
func (s *Service) mayDestroy(tx *store.Tx, id string, g Grounds) (row, error) {
	r, err := alive(tx, id)
	if err != nil {
		return r, err
	}
	if r.Parent != "" {
		return r, invalid("evidence", "destroy evidence: a working copy goes with its file")
	}
	if err := noHold(tx, r); err != nil {
		return r, err
	}
	k, err := standing(tx, r)
	if err != nil {
		return r, err
	}
	if g == Mistaken && k.Clocks == 0 {
		return r, nil
	}
	if g != Ordered && !k.Over(tx.Now()) {
		if k.Clocks == 0 {
			return r, conflict("clock", "destroy evidence: nobody has said for how long it must be kept", "start a clock, or state the order of an authority")
		}
		return r, conflict("clock", "destroy evidence: it must be kept until "+timeOrZero(k.Until).Format(time.RFC3339), "")
	}
	return r, nil
}

// Destructions lists wishes that wait for a second person, oldest first.
func (s *Service) Destructions(tx *store.Tx) ([]Destruction, error) {
	return s.destructions(tx, `state = 'asked' ORDER BY id`)
}

// Decided lists wishes that were carried out or refused, newest first, before a
// number (0 for the newest).
func (s *Service) Decided(tx *store.Tx, before int64, limit int) ([]Destruction, error) {
	return s.destructions(tx, `state <> 'asked' AND (id < $1 OR $1 = 0) ORDER BY id DESC LIMIT $2`, before, int64(limit))
}

// DestructionsOf lists the wishes about a file, newest first.
func (s *Service) DestructionsOf(tx *store.Tx, evidence string) ([]Destruction, error) {
	return s.destructions(tx, `evidence_id = $1 ORDER BY id DESC LIMIT 100`, evidence)
}

func (s *Service) destructions(tx *store.Tx, where string, args ...any) (out []Destruction, err error) {
	rows, err := store.All[destructionRow](tx, `SELECT `+destructionColumns+` FROM evidence_destructions WHERE `+where, args...)
	for _, r := range rows {
		if err != nil {
			return nil, err
		}
		var d Destruction
		d, err = s.readDestruction(r)
		out = append(out, d)
	}
	return out, err
}

// Destruction returns a wish, with its certificate once it is done.
func (s *Service) Destruction(tx *store.Tx, id int64) (Destruction, error) {
	r, err := store.One[destructionRow](tx, `SELECT `+destructionColumns+` FROM evidence_destructions WHERE id = $1`, id)
	if err != nil {
		return Destruction{}, missing(err, "destruction")
	}
	return s.readDestruction(r)
}

func (s *Service) readDestruction(r destructionRow) (Destruction, error) {
	w, err := s.openWords("evidence_destructions", r.ID, r.Words)
	return Destruction{
		NewDestruction: NewDestruction{r.Evidence, Grounds(r.Grounds), w.Reason, w.Authority, w.Letter},
		ID:             r.ID, State: r.State, AskedBy: r.AskedBy, AskedAt: r.AskedAt, DecidedBy: r.DecidedBy, DecidedAt: r.DecidedAt, Certificate: r.Certificate,
	}, err
}

// open returns a wish that waits, for the person who decides it.
func (s *Service) open(tx *store.Tx, actor string, id int64) (Destruction, error) {
	d, err := s.Destruction(tx, id)
	switch {
	case err != nil:
		return d, err
	case !person(actor):
		return d, denied("only people decide on a destruction")
	case d.State != "asked":
		return d, conflict("destruction", "destroy evidence: this was decided already: "+d.State, "")
	}
	return d, nil
}

// RefuseDestroy ends a wish without destroying anything. Who asked may take it
// back so.
func (s *Service) RefuseDestroy(tx *store.Tx, actor string, id int64) error {
	d, err := s.open(tx, actor, id)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE evidence_destructions SET state = 'refused', decided_by = $1, decided_at = $2 WHERE id = $3`, actor, tx.Now(), id); err != nil {
		return err
	}
	return tx.Record(event(actor, "evidence.refuse_destroy", d.Evidence, map[string]string{"destruction": strconv.FormatInt(id, 10)}))
}

// Destroy carries a destruction out, for another person than the one who asked,
// and returns the signed certificate. Holds and clocks are looked at again. When
// it returns, the wrapped keys of the file and of its working copies are gone
// from the database; the payloads are removed right after.
func (s *Service) Destroy(ctx context.Context, actor string, id int64) (certificate string, err error) {
	var gone []string
	// The event comes first: it locks the log, so that nobody sets a hold between
	// the look at holds and the deletion.
	approve := custody.Event{Actor: actor, Action: "evidence.approve_destroy", Subject: "destruction:" + strconv.FormatInt(id, 10)}
	err = s.db.Update(ctx, approve, func(tx *store.Tx) error {
		d, err := s.open(tx, actor, id)
		if err != nil {
			return err
		}
		if d.AskedBy == actor {
			return denied("another person than the one who asked must do it")
		}
		r, err := s.mayDestroy(tx, d.Evidence, d.Grounds)
		if err != nil {
			return err
		}
		if gone, err = store.All[string](tx, `SELECT id FROM evidence WHERE id = $1 OR parent = $1 ORDER BY id`, r.ID); err != nil {
			return err
		}
		if certificate, err = s.certify(r, d, actor, tx.Now(), len(gone)-1); err != nil {
			return err
		}
		sum := sha256.Sum256([]byte(certificate))
		if err := tx.Record(event(actor, "evidence.destroy", r.ID, map[string]string{
			"destruction": strconv.FormatInt(id, 10), "certificate": hex.EncodeToString(sum[:]), "asked_by": d.AskedBy, "copies": strconv.Itoa(len(gone) - 1)})); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE evidence SET state = 'destroyed', header = $1, record = $1, destroyed_at = $2 WHERE id = $3 OR parent = $3`, []byte{}, tx.Now(), r.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE evidence_grants SET revoked_at = $1 WHERE revoked_at = 0 AND evidence_id IN (SELECT id FROM evidence WHERE id = $2 OR parent = $2)`, tx.Now(), r.ID); err != nil {
			return err
		}
		n, err := tx.Exec(`UPDATE evidence_destructions SET state = 'done', decided_by = $1, decided_at = $2, certificate = $3 WHERE id = $4 AND state = 'asked'`, actor, tx.Now(), certificate, id)
		if err == nil && n != 1 {
			err = conflict("destruction", "destroy evidence: it was decided meanwhile", "")
		}
		return err
	})
	if err != nil {
		return "", err
	}
	s.removeBlobs(ctx, gone)
	return certificate, nil
}

// certificateHead is the first line of a certificate. A checkpoint of the
// custody log, signed with the same key, begins with the origin and has three
// lines, so neither can be taken for the other.
const certificateHead = "jaga destruction certificate 1"

// certify signs what is destroyed. It holds ids and keyed digests, no content.
func (s *Service) certify(r row, d Destruction, by string, now int64, copies int) (string, error) {
	at := func(us int64) string { return time.UnixMicro(us).UTC().Format(time.RFC3339Nano) }
	text := strings.Join([]string{
		certificateHead,
		"installation: " + s.origin,
		"destruction: " + strconv.FormatInt(d.ID, 10),
		"evidence: " + r.ID,
		"case: " + strconv.FormatInt(r.Case, 10),
		"content (keyed digest): " + hex.EncodeToString(r.Digest),
		"size: " + strconv.FormatInt(r.Size, 10) + " bytes",
		"working copies: " + strconv.Itoa(copies),
		"grounds: " + string(d.Grounds),
		"letter (keyed digest): " + s.letterDigest(words{Authority: d.Authority, Letter: d.Letter}),
		"asked by: " + d.AskedBy + " at " + at(d.AskedAt),
		"destroyed by: " + by + " at " + at(now),
		"what was done: the wrapped keys of the file were deleted, without which its payload cannot be read; the payload was to be removed next",
		"",
	}, "\n")
	signer, err := note.NewSigner(s.signer)
	if err != nil {
		return "", fmt.Errorf("sign certificate: %w", err)
	}
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return "", fmt.Errorf("sign certificate: %w", err)
	}
	return string(signed), nil
}

// OpenCertificate checks the signature of a certificate and returns its text.
func OpenCertificate(signed, verifier string) (string, error) {
	v, err := note.NewVerifier(verifier)
	if err != nil {
		return "", fmt.Errorf("open certificate: %w", err)
	}
	n, err := note.Open([]byte(signed), note.VerifierList(v))
	if err != nil {
		return "", fmt.Errorf("open certificate: %w", err)
	}
	if !strings.HasPrefix(n.Text, certificateHead+"\n") {
		return "", &jaga.Error{Code: jaga.CodeInvalid, Field: "certificate", Msg: "open certificate: it is no certificate of a destruction"}
	}
	return n.Text, nil
}
