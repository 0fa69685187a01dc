package proof

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/custody/stamp"
	"github.com/jaga-project/jaga/internal/store"
)

// clockApart is how far the authority's clock may be from ours before somebody
// should be told.
const clockApart = 5 * time.Minute

// stamp has the authority stamp a checkpoint, unless it has one. Only the
// digest of the note leaves the machine.
func (s *Service) stamp(ctx context.Context, note string, c custody.Checkpoint) error {
	var have int64
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		have, err = store.One[int64](tx, `SELECT COUNT(*) FROM custody_stamps WHERE size = $1`, c.Size)
		return err
	})
	if err != nil || have > 0 {
		return err
	}
	digest := sha256.Sum256([]byte(note))
	token, err := s.ask(ctx, digest)
	if err != nil {
		return &jaga.Error{Code: jaga.CodeUnavailable, Field: "custody.tsa_url", Msg: "time-stamp checkpoint: " + err.Error(), Hint: "the next checkpoint is tried again; nothing is lost", Err: err}
	}
	info, err := stamp.Verify(token, digest, s.opt.Roots)
	if err != nil {
		return &jaga.Error{Code: jaga.CodeUnavailable, Field: "custody.tsa_url", Msg: "time-stamp checkpoint: " + err.Error(), Hint: "check custody.tsa_ca_file, and whether this is the authority you mean", Err: err}
	}
	if apart := s.opt.Now().Sub(info.Time); apart.Abs() > clockApart {
		s.opt.Log.Warn("the clock of this machine and the time-stamp authority's differ", "by", apart.Round(time.Second).String())
	}
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO custody_stamps (size, token, at, authority) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
			c.Size, token, info.Time.UnixMicro(), info.Authority)
		return err
	})
}

// ask sends one request and returns the token of the answer.
func (s *Service) ask(ctx context.Context, digest [sha256.Size]byte) ([]byte, error) {
	var b [8]byte
	_, _ = rand.Read(b[:])
	nonce := binary.BigEndian.Uint64(b[:])>>2 | 1<<62 // always eight bytes, positive
	q, err := stamp.Request(digest, nonce)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.opt.Authority, bytes.NewReader(q))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/timestamp-query")
	req.Header.Set("Accept", "application/timestamp-reply")
	r, err := s.opt.Client.Do(req)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the authority answered %s", r.Status)
	}
	answer, err := io.ReadAll(io.LimitReader(r.Body, stamp.MaxToken+1))
	if err != nil {
		return nil, err
	}
	return stamp.Token(answer, digest, nonce)
}
