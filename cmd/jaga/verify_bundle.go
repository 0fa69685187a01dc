package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/sealto"
)

// verifyOptions are what the one who checks has from elsewhere.
type verifyOptions struct{ checkpoint, key, proof, roots, sheet, open string }

// readText reads a file that a flag names; nothing when the flag is not set.
func readText(flag, file string) (string, error) {
	if file == "" {
		return "", nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", errorf(jaga.CodeNotFound, "", "read %s: %w", flag, err)
	}
	return string(text), nil
}

// readKey takes a key, a fingerprint, or the name of a file with either.
func readKey(key string) string {
	if text, err := os.ReadFile(key); err == nil && len(text) < 10_000 {
		return strings.TrimSpace(string(text))
	}
	return key
}

func (o verifyOptions) read() (opt custody.VerifyOptions, err error) {
	opt.Key = readKey(o.key)
	text, err := readText("checkpoint", o.checkpoint)
	if err != nil {
		return opt, err
	}
	if text != "" {
		if opt.Checkpoints = custody.SplitNotes(text); len(opt.Checkpoints) == 0 {
			return opt, &jaga.Error{Code: jaga.CodeInvalid, Field: "checkpoint", Msg: o.checkpoint + " holds no signed checkpoint"}
		}
	}
	if opt.Proofs, err = readText("proof", o.proof); err != nil {
		return opt, err
	}
	secrets, err := readText("open", o.open)
	if err != nil {
		return opt, err
	}
	if o.open != "" {
		if opt.Open, err = sealto.Opener(secrets); err != nil {
			return opt, err
		}
	}
	opt.Roots, err = readRoots("tsa-ca", o.roots)
	return opt, err
}

func (a *app) verifyBundle(path string, o verifyOptions) error {
	opt, err := o.read()
	if err != nil {
		return err
	}
	if o.sheet != "" && o.sheet != "en" && o.sheet != "id" {
		return &usageError{fmt.Errorf("there is no sheet in %q; the languages are en and id", o.sheet)}
	}
	info, err := os.Stat(path)
	if err != nil {
		return errorf(jaga.CodeNotFound, "", "open bundle: %w", err)
	}
	var done, total atomic.Int64
	opt.Progress = func(d, t int64) {
		done.Store(d)
		total.Store(t)
	}
	show := a.startProgress("verify", "bytes", func() (int64, int64, bool) { return done.Load(), total.Load(), true })
	var r *custody.Report
	var records io.ReadCloser
	if info.IsDir() {
		r, err = custody.VerifyFolder(os.DirFS(path), opt)
		if err == nil && o.sheet != "" {
			records, err = os.Open(path + "/data/records.jsonl")
		}
	} else {
		r, records, err = verifyFile(path, info.Size(), opt)
	}
	show.end()
	if err != nil {
		return err
	}
	if records != nil {
		defer records.Close()
	}
	switch {
	case a.json:
		err = a.printJSON(r)
	case o.sheet != "" && r.OK:
		err = a.printSheet(o.sheet, r, records)
	default:
		err = a.printReport(path, r)
	}
	switch {
	case err != nil:
		return err
	case !r.OK:
		return statusError(exitError)
	case len(r.NotChecked) > 0:
		return statusError(exitNotChecked)
	}
	return nil
}

func verifyFile(path string, size int64, opt custody.VerifyOptions) (*custody.Report, io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, errorf(jaga.CodeNotFound, "", "open bundle: %w", err)
	}
	head := make([]byte, len(sealto.Header))
	if _, err := f.ReadAt(head, 0); err == nil && string(head) == sealto.Header {
		_ = f.Close()
		return nil, nil, errorf(jaga.CodeInvalid, "open it with your key first: age -d -i KEYFILE -o bundle.zip "+path, "the bundle is encrypted")
	}
	r, err := custody.VerifyBundle(f, size, opt)
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	records, err := custody.OpenRecords(f, size)
	if err != nil {
		// The report says what is wrong; there is only no sheet.
		_ = f.Close()
		return r, nil, nil
	}
	return r, struct {
		io.Reader
		io.Closer
	}{records, f}, nil
}

// printSheet prints what the records say; the sheets inside a bundle are for
// those who cannot check.
func (a *app) printSheet(lang string, r *custody.Report, records io.Reader) error {
	var bad error
	all := func(yield func(custody.Record, error) bool) {
		lines := bufio.NewScanner(records)
		lines.Buffer(nil, 1<<21)
		for lines.Scan() {
			rec, err := custody.ParseRecord(bytes.Clone(lines.Bytes()))
			if !yield(rec, err) || err != nil {
				return
			}
		}
		bad = lines.Err()
	}
	c := custody.Checkpoint{Origin: r.Facts.Origin, Size: r.LogSize, Root: r.Root}
	if err := custody.WriteSheet(a.Out, lang, false, custody.Sheet{Facts: *r.Facts, Checkpoint: c, Fingerprint: r.Fingerprint, Records: all}); err != nil {
		return err
	}
	return bad
}

func (a *app) printReport(path string, r *custody.Report) error {
	w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
	switch {
	case !r.OK:
		fmt.Fprintf(w, "FAIL\t%s is not as it was exported\n", path)
	case len(r.NotChecked) > 0:
		fmt.Fprintf(w, "OK\t%s: nothing is wrong in what was checked; below is what was not\n", path)
	default:
		fmt.Fprintf(w, "OK\t%s is as it was exported\n", path)
	}
	for _, p := range r.Problems {
		fmt.Fprintf(w, "WRONG\t%s: %s\n", p.Where, plainText(p.What))
		if p.Means != "" {
			fmt.Fprintf(w, "\t%s\n", p.Means)
		}
	}
	for _, u := range r.NotChecked {
		fmt.Fprintf(w, "not checked\t%s\n\t→ %s\n", plainText(u.What), plainText(u.Do))
	}
	for _, n := range r.Notes {
		fmt.Fprintf(w, "note\t%s\n", n)
	}
	if f := r.Facts; f != nil {
		fmt.Fprintf(w, "about\t%s\n", plainText(f.About("and %d more")))
		if f.Reference != "" {
			fmt.Fprintf(w, "reference\t%s\n", plainText(f.Reference))
		}
		fmt.Fprintf(w, "exported\t%s by %s\n", microText(f.MadeAt), plainText(f.MadeBy))
		switch {
		case r.Sealed == 0:
			fmt.Fprintf(w, "files\t%d\n", len(f.Files))
		case r.Opened == 0:
			fmt.Fprintf(w, "files\t%d, %d of them encrypted\n", len(f.Files), r.Sealed)
		default:
			fmt.Fprintf(w, "files\t%d, %d of them encrypted, of which %d were opened and are what came in\n", len(f.Files), r.Sealed, r.Opened)
		}
	}
	if r.Records > 0 {
		fmt.Fprintf(w, "records\t%d of the %d in the log, %s to %s\n", r.Records, r.LogSize, microText(r.FirstAt), microText(r.LastAt))
	}
	for _, s := range r.Stamps {
		trust := "authority not checked"
		if s.Trusted {
			trust = "trusted"
		}
		fmt.Fprintf(w, "stamp\t%s: the first %d records were there (%s, %s)\n", s.Time.UTC().Format(time.RFC3339), s.Records, plainText(s.Authority), trust)
	}
	if r.Fingerprint != "" {
		trust := "not confirmed: it is from the bundle"
		if r.KeyTrusted {
			trust = "the one you gave"
		}
		fmt.Fprintf(w, "key\t%s (%s)\n", r.Fingerprint, trust)
	}
	return w.Flush()
}

func microText(us int64) string { return time.UnixMicro(us).UTC().Format(time.RFC3339) }

// plainText keeps what a bundle says from writing anything but text to a
// terminal.
func plainText(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c >= 0x7f && c < 0xa0 || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 {
			return '\uFFFD'
		}
		return c
	}, s)
}
