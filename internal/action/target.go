package action

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/outbound"
	"github.com/jaga-project/jaga/internal/store"
)

// MaxTargets is how many targets there can be at a time.
const MaxTargets = 50

// RotationTime is how long the older secret is used beside the newer one.
const RotationTime = 24 * time.Hour

// Target is a server that is told of events.
type Target struct {
	ID   int64
	Name string
	URL  string
	// Kinds are the kinds of events it takes; empty takes all.
	Kinds []string
	// SecretFile names the file of its secret; empty when the secret is kept
	// sealed in the database.
	SecretFile string
	Enabled    bool
	CreatedAt  int64 // microseconds
	// RotatingUntil is until when the older secret is used as well, 0 when it
	// is not.
	RotatingUntil int64
	// Waiting and Dead count its deliveries of these states.
	Waiting, Dead int64
	// LastOK and LastFailure are when a try succeeded and failed last, in
	// microseconds; 0 is never. LastError says why it failed.
	LastOK, LastFailure int64
	LastError           string
	// PausedUntil is until when its breaker keeps everything back, in
	// microseconds; 0 when it does not.
	PausedUntil int64
}

// NewTarget is what is needed to add a target.
type NewTarget struct {
	// Name is what people call it: 1 to 100 characters, unique.
	Name string
	// URL is where events are sent: https, without user name and fragment.
	// Hosts of the own network, see [Options.Internal], may have plain http.
	URL string
	// Kinds are the kinds of events it takes, see [EventKinds]; empty is all.
	Kinds []string
	// SecretFile is the name of a file in the directory of secrets, with one
	// secret a line, at most two; empty makes a secret and keeps it sealed.
	SecretFile string
}

type targetRow struct {
	ID                     int64
	Name, URL, Kinds       string
	Secret                 []byte
	SecretFile             string
	Previous               []byte
	PreviousUntil, Enabled int64
	CreatedAt, RemovedAt   int64
}

const targetColumns = `SELECT id, name, url, kinds, secret, secret_file, previous, previous_until, enabled, created_at, removed_at FROM hook_targets`

func (t targetRow) takes(kind string) bool {
	return t.Kinds == "" || slices.Contains(strings.Fields(t.Kinds), kind)
}

// Targets lists the targets, oldest first.
func (s *Service) Targets(ctx context.Context) (out []Target, err error) {
	now := s.opt.Now().UnixMicro()
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[targetRow](tx, targetColumns+` WHERE removed_at = 0 ORDER BY id`)
		if err != nil {
			return err
		}
		for _, r := range rows {
			t := Target{ID: r.ID, Name: r.Name, URL: r.URL, Kinds: strings.Fields(r.Kinds), SecretFile: r.SecretFile, Enabled: r.Enabled == 1, CreatedAt: r.CreatedAt}
			if r.PreviousUntil > now {
				t.RotatingUntil = r.PreviousUntil
			}
			if u := s.breakers.Until(lane(r.ID)); !u.IsZero() {
				t.PausedUntil = u.UnixMicro()
			}
			sums, err := store.One[struct{ Waiting, Dead, OK, Failed int64 }](tx, `SELECT COALESCE(SUM(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN state = 'dead' THEN 1 ELSE 0 END), 0),
				COALESCE(MAX(CASE WHEN state = 'delivered' THEN tried_at ELSE 0 END), 0), COALESCE(MAX(CASE WHEN error <> '' THEN tried_at ELSE 0 END), 0)
				FROM hook_deliveries WHERE target_id = $1`, r.ID)
			if err != nil {
				return err
			}
			t.Waiting, t.Dead, t.LastOK, t.LastFailure = sums.Waiting, sums.Dead, sums.OK, sums.Failed
			last, err := store.All[string](tx, `SELECT error FROM hook_deliveries WHERE target_id = $1 AND error <> '' ORDER BY tried_at DESC LIMIT 1`, r.ID)
			if err != nil {
				return err
			}
			if len(last) == 1 {
				t.LastError = last[0]
			}
			out = append(out, t)
		}
		return nil
	})
	return out, err
}

// AddTarget adds a target. secret is shown to people this once; it is empty
// when the secret is in a file.
func (s *Service) AddTarget(ctx context.Context, who string, n NewTarget) (t Target, secret string, err error) {
	n.Name = strings.TrimSpace(n.Name)
	if n.Name == "" || utf8.RuneCountInString(n.Name) > 100 || !utf8.ValidString(n.Name) || strings.ContainsFunc(n.Name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return Target{}, "", invalid("name", "it is empty, longer than 100 characters, or no text")
	}
	u, err := url.Parse(n.URL)
	if err := outbound.CheckURL(n.URL, err == nil && s.internal(u.Hostname())); err != nil {
		return Target{}, "", err
	}
	slices.Sort(n.Kinds)
	n.Kinds = slices.Compact(n.Kinds)
	for _, k := range n.Kinds {
		if !slices.Contains(EventKinds(), k) {
			return Target{}, "", &jaga.Error{Code: jaga.CodeInvalid, Field: "kinds", Msg: "there is no such kind of event", Hint: "the kinds are " + strings.Join(EventKinds(), ", ")}
		}
	}
	if n.SecretFile != "" {
		if _, err := s.readSecrets(n.SecretFile); err != nil {
			return Target{}, "", err
		}
	} else {
		secret = newSecret()
	}
	event := custody.Event{Actor: who, Action: "hook.add", Subject: "hook", Detail: map[string]string{"url": digest(n.URL), "kinds": strings.Join(n.Kinds, " ")}}
	err = s.db.Update(ctx, event, func(tx *store.Tx) error {
		there, err := store.One[int64](tx, `SELECT COUNT(*) FROM hook_targets WHERE removed_at = 0`)
		if err != nil {
			return err
		}
		if there >= MaxTargets {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "name", Msg: fmt.Sprintf("there are %d targets already", MaxTargets), Hint: "remove one that is no longer used"}
		}
		twice, err := store.One[int64](tx, `SELECT COUNT(*) FROM hook_targets WHERE name = $1`, n.Name)
		if err != nil {
			return err
		}
		if twice > 0 {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "name", Msg: "a target has this name already"}
		}
		t = Target{Name: n.Name, URL: n.URL, Kinds: n.Kinds, SecretFile: n.SecretFile, Enabled: true, CreatedAt: tx.Now()}
		if t.ID, err = store.One[int64](tx, `INSERT INTO hook_targets (name, url, kinds, secret, secret_file, created_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
			n.Name, n.URL, strings.Join(n.Kinds, " "), []byte{}, n.SecretFile, tx.Now()); err != nil {
			return err
		}
		if secret == "" {
			return nil
		}
		// The secret is bound to the number of its target.
		_, err = tx.Exec(`UPDATE hook_targets SET secret = $1 WHERE id = $2`, s.sealer.seal(t.ID, secret), t.ID)
		return err
	})
	if err != nil {
		return Target{}, "", err
	}
	return t, secret, nil
}

// Rotate gives the target a new secret, which is returned this once. For
// [RotationTime] deliveries carry signatures with both, so that the receiver
// can change over at its own time. A secret in a file is rotated there.
func (s *Service) Rotate(ctx context.Context, who string, id int64) (secret string, err error) {
	err = s.change(ctx, who, "hook.rotate", id, func(tx *store.Tx, t targetRow) error {
		if t.SecretFile != "" {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "secret", Msg: "the secret of this target is in a file", Hint: "put the new secret into the first line and the old one into the second"}
		}
		secret = newSecret()
		_, err := tx.Exec(`UPDATE hook_targets SET secret = $1, previous = secret, previous_until = $2 WHERE id = $3`,
			s.sealer.seal(id, secret), tx.Now()+RotationTime.Microseconds(), id)
		return err
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// Enable switches a target on or off. What happens while it is off is not sent
// to it later; what waits for it is sent when it is on again.
func (s *Service) Enable(ctx context.Context, who string, id int64, on bool) error {
	action, v := "hook.disable", 0
	if on {
		action, v = "hook.enable", 1
	}
	return s.change(ctx, who, action, id, func(tx *store.Tx, _ targetRow) error {
		if _, err := tx.Exec(`UPDATE hook_targets SET enabled = $1 WHERE id = $2`, v, id); err != nil {
			return err
		}
		return tx.Hurry(lane(id))
	})
}

// Remove ends a target for good. What waits for it is not sent.
func (s *Service) Remove(ctx context.Context, who string, id int64) error {
	return s.change(ctx, who, "hook.remove", id, func(tx *store.Tx, t targetRow) error {
		if _, err := tx.Exec(`UPDATE hook_deliveries SET state = 'dropped', done_at = $1, next_at = 0 WHERE target_id = $2 AND state = 'waiting'`, tx.Now(), id); err != nil {
			return err
		}
		// The name is free again; the row stays, for the history names it.
		_, err := tx.Exec(`UPDATE hook_targets SET removed_at = $1, enabled = 0, secret = $2, previous = NULL, previous_until = 0, name = $3 WHERE id = $4`,
			tx.Now(), []byte{}, t.Name+" #"+strconv.FormatInt(id, 10), id)
		return err
	})
}

func (s *Service) change(ctx context.Context, who, action string, id int64, fn func(*store.Tx, targetRow) error) error {
	return s.db.Update(ctx, custody.Event{Actor: who, Action: action, Subject: lane(id)}, func(tx *store.Tx) error {
		t, err := readTarget(tx, id)
		if err != nil {
			return err
		}
		return fn(tx, t)
	})
}

func readTarget(tx *store.Tx, id int64) (targetRow, error) {
	found, err := store.All[targetRow](tx, targetColumns+` WHERE id = $1 AND removed_at = 0`, id)
	if err == nil && len(found) == 0 {
		err = &jaga.Error{Code: jaga.CodeNotFound, Field: "target", Msg: "there is no such target"}
	}
	if err != nil {
		return targetRow{}, err
	}
	return found[0], nil
}

// secrets returns the secrets that sign for a target, newest first.
func (s *Service) secrets(t targetRow) (out [][]byte, err error) {
	if t.SecretFile != "" {
		return s.readSecrets(t.SecretFile)
	}
	sealed := [][]byte{t.Secret}
	if t.PreviousUntil > s.opt.Now().UnixMicro() {
		sealed = append(sealed, t.Previous)
	}
	for _, x := range sealed {
		text, err := s.sealer.open(t.ID, x)
		if err != nil {
			return nil, err
		}
		raw, err := decodeSecret(text)
		if err != nil {
			return nil, err
		}
		out = append(out, raw)
	}
	return out, nil
}

// readSecrets reads a file of secrets. Only files right in the directory can be
// named, so that nobody makes the server read others.
func (s *Service) readSecrets(name string) (out [][]byte, err error) {
	bad := func(msg string) ([][]byte, error) {
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "secret_file", Msg: msg, Hint: "put a file with the secret, whsec_…, into the folder secrets of the data directory, and name it without its folder"}
	}
	if s.opt.SecretDir == "" || !filepath.IsLocal(name) || strings.ContainsAny(name, `/\`) || strings.HasPrefix(name, ".") {
		return bad("it is no name of a file of secrets")
	}
	text, err := os.ReadFile(filepath.Join(s.opt.SecretDir, name))
	if err != nil || len(text) > 1024 {
		return bad("the file of the secret cannot be read")
	}
	for line := range strings.FieldsSeq(string(text)) {
		raw, err := decodeSecret(line)
		if err != nil || len(out) == 2 {
			return bad("the file does not hold one or two secrets")
		}
		out = append(out, raw)
	}
	if len(out) == 0 {
		return bad("the file holds no secret")
	}
	return out, nil
}

// digest stands for an address in the custody log: it may hold a password of
// its own.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}
