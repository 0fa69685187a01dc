package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/sealto"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/vault"
)

// Handed is a file of a bundle. Open is called once, in the order of the list;
// what it yields is encrypted while it is read.
type Handed struct {
	custody.FileFact
	Open func(context.Context) (io.ReadCloser, error)
}

// purposeExport is that of the grants under which files are handed out.
const purposeExport = "export"

// handing collects what the list of contents says, while files are read.
type handing struct {
	s        *Service
	actor    string
	to       []string
	contents custody.Contents
}

// Handing lists what goes into the bundle of an export that began: every file
// that is there, encrypted to the receivers, and last the list of what is inside
// them. Each file is compared with the digests of its arrival while it is read;
// one that differs ends the bundle with an error.
func (s *Service) Handing(tx *store.Tx, e Export) ([]Handed, error) {
	files, err := s.ExportFiles(tx, e.ID)
	if err != nil {
		return nil, err
	}
	h := &handing{s: s, actor: e.AskedBy, to: e.To, contents: custody.Contents{Format: custody.ContentsFormat, Files: []custody.ContentEntry{}}}
	var out []Handed
	for _, it := range files {
		subject := "evidence:" + it.ID
		if it.State != Kept || it.MissingAt > 0 {
			h.contents.Lost = append(h.contents.Lost, subject)
			continue
		}
		arrived, err := store.CustodyPage(tx, store.CustodyFilter{Subject: subject, Action: "evidence.put"}, -1, 1)
		if err != nil {
			return nil, err
		}
		var put custody.Record
		if len(arrived) == 1 {
			put = arrived[0]
		}
		out = append(out, Handed{h.fact(it.ID+".age", subject), func(ctx context.Context) (io.ReadCloser, error) { return h.file(ctx, it, put) }})
	}
	if len(out) == 0 {
		return nil, conflict("files", "hand out evidence: none of the files is there any more", "")
	}
	subject := exportEvent("", "", e.Case, e.ID, nil).Subject
	return append(out, Handed{h.fact(custody.ContentsFile, subject), h.list}), nil
}

func (h *handing) fact(name, subject string) custody.FileFact {
	return custody.FileFact{Name: name, Subject: subject, Media: "application/age", Sealed: true, To: h.to}
}

// file opens one file within a grant of its own, which ends when it is closed.
func (h *handing) file(ctx context.Context, it Item, put custody.Record) (io.ReadCloser, error) {
	var grant int64
	err := h.s.db.Bulk(ctx, func(tx *store.Tx) (err error) {
		if err := tx.Lock(); err != nil {
			return err
		}
		grant, err = h.s.Grant(tx, h.actor, NewGrant{Evidence: it.ID, Person: h.actor, Purpose: purposeExport, Until: time.UnixMicro(tx.Now()).Add(MaxGrant)})
		return err
	})
	if err != nil {
		return nil, err
	}
	rec, err := h.s.ReadRecord(ctx, h.actor, grant)
	if err != nil {
		return nil, err
	}
	f, err := h.s.Open(ctx, h.actor, grant)
	if err != nil {
		return nil, err
	}
	a := rec.Acquisition
	entry := custody.ContentEntry{Name: it.ID + ".age", Content: custody.Content{Bytes: rec.Size, SHA256: rec.SHA256, SHA512: rec.SHA512}, StatedName: a.Name, StatedMedia: a.MediaType,
		Source: custody.Acquisition{At: a.At.UnixMicro(), By: a.Operator, Method: a.Method, Source: a.Source, Tool: custody.Tool{Name: a.Tool, Version: a.ToolVersion}, TimeSource: a.Clock}}
	if rec.Salt != "" && put.Details()[CommitKey] != "" {
		entry.Commitment = &custody.Commitment{Seq: put.Seq, Key: CommitKey, Salt: rec.Salt}
	}
	r, err := sealto.Reader(&compared{r: f, want: entry.Content, short: sha256.New(), long: sha512.New()}, h.to)
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	h.contents.Files = append(h.contents.Files, entry)
	return closing{r, func() error { return errors.Join(f.Close(), h.end(ctx, grant)) }}, nil
}

// end takes the grant back, also when the receiver has gone.
func (h *handing) end(ctx context.Context, grant int64) error {
	return h.s.db.Bulk(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		if err := tx.Lock(); err != nil {
			return err
		}
		return h.s.Revoke(tx, h.actor, grant)
	})
}

func (h *handing) list(context.Context) (io.ReadCloser, error) {
	text, err := json.MarshalIndent(h.contents, "", "  ")
	if err != nil {
		return nil, err
	}
	r, err := sealto.Reader(bytes.NewReader(append(text, '\n')), h.to)
	return io.NopCloser(r), err
}

// closing is a reader with what is to be closed behind it.
type closing struct {
	io.Reader
	end func() error
}

// Close implements io.Closer.
func (c closing) Close() error { return c.end() }

// compared fails at the end of a file that is not the one that came in.
type compared struct {
	r           io.Reader
	n           int64
	want        custody.Content
	short, long hash.Hash
}

// Read implements io.Reader.
func (c *compared) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	c.short.Write(p[:n])
	c.long.Write(p[:n])
	if errors.Is(err, io.EOF) && (c.n != c.want.Bytes || hexOf([32]byte(c.short.Sum(nil))) != c.want.SHA256 || hex.EncodeToString(c.long.Sum(nil)) != c.want.SHA512) {
		return n, &jaga.Error{Code: jaga.CodeUnavailable, Field: "evidence", Msg: "hand out evidence: it is not what came in", Hint: "jaga vault verify names the file", Err: vault.ErrDamaged}
	}
	return n, err
}

func hexOf(d [32]byte) string { return hex.EncodeToString(d[:]) }
