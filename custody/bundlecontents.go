package custody

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// contents decrypts what is encrypted to the one who checks, and compares it
// with the list of contents, or with what the facts state.
func (v *bundleVerifier) contents() error {
	if v.opt.Open == nil || v.Facts == nil || v.Sealed == 0 {
		return nil
	}
	list, err := v.contentsList()
	if err != nil {
		return err
	}
	stated := map[string]ContentEntry{}
	for _, e := range list.Files {
		stated[e.Name] = e
	}
	for _, f := range v.Facts.Files {
		name := folderFiles + f.Name
		if !f.Sealed || f.Name == ContentsFile || !slices.Contains(v.src.list(), name) {
			continue
		}
		e, known := stated[f.Name]
		delete(stated, f.Name)
		want := e.Content
		if !known {
			if f.Content == nil {
				v.problem(ProblemFile, name, -1, "nothing states what is inside")
				continue
			}
			want = *f.Content
		}
		got, ok, err := v.inside(name)
		if err != nil {
			return err
		}
		switch {
		case !ok:
		case got != want:
			v.problem(ProblemFile, name, -1, "what is inside does not have the digests of the file when it came in")
		default:
			v.Opened++
		}
		if c := e.Commitment; c != nil {
			if v.commitments == nil {
				v.commitments = map[int64][]FileFact{}
			}
			f.Content, f.Commitment = &want, c
			v.commitments[c.Seq] = append(v.commitments[c.Seq], f)
		}
	}
	for name := range stated {
		v.problem(ProblemMissing, folderFiles+ContentsFile, -1, "it describes %q, which is no encrypted file of the bundle", name)
	}
	for _, subject := range list.Lost {
		v.Notes = append(v.Notes, fmt.Sprintf("%s was asked for and could not be handed out: it was destroyed or lost before.", subject))
	}
	return nil
}

// contentsList reads the encrypted list; a bundle may have none.
func (v *bundleVerifier) contentsList() (list Contents, err error) {
	name := folderFiles + ContentsFile
	if !slices.Contains(v.src.list(), name) {
		return list, nil
	}
	err = v.decrypted(name, func(r io.Reader) error {
		dec := json.NewDecoder(io.LimitReader(r, maxManifest))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&list); err != nil {
			return err
		}
		if list.Format != ContentsFormat {
			return fmt.Errorf("its format %q is not %s", list.Format, ContentsFormat)
		}
		_, err := io.Copy(io.Discard, r)
		v.Opened++
		return err
	})
	return list, err
}

// inside reads what is in an encrypted file to its end.
func (v *bundleVerifier) inside(name string) (c Content, ok bool, err error) {
	a, b := sha256.New(), sha512.New()
	before := len(v.Problems)
	err = v.decrypted(name, func(r io.Reader) (err error) {
		c.Bytes, err = io.CopyBuffer(io.MultiWriter(a, b), r, make([]byte, 256<<10))
		return err
	})
	c.SHA256, c.SHA512 = hex.EncodeToString(a.Sum(nil)), hex.EncodeToString(b.Sum(nil))
	return c, err == nil && len(v.Problems) == before, err
}

// decrypted hands what is in an encrypted file to read. What is wrong with the
// file is a problem; the error is a fault of reading the bundle.
func (v *bundleVerifier) decrypted(name string, read func(io.Reader) error) error {
	r, done, err := openFaithful(v.src, name)
	if err != nil {
		return err
	}
	defer done()
	kept := &keepFault{r: r}
	plain, err := v.opt.Open(kept)
	if err == nil {
		err = read(plain)
	}
	if kept.fault != nil {
		return kept.fault
	}
	if err != nil {
		v.problem(ProblemFile, name, -1, "it cannot be decrypted: %v", err)
	}
	return nil
}

// keepFault keeps a fault of reading apart from what a decrypter says of it.
type keepFault struct {
	r     io.Reader
	fault error
}

func (k *keepFault) Read(p []byte) (int, error) {
	n, err := k.r.Read(p)
	if fault, ok := errors.AsType[*readError](err); ok {
		k.fault = fault
	}
	return n, err
}
