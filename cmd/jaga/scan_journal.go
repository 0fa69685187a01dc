package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/jaga-project/jaga"
)

// A journal remembers what a scan has done, so that a scan that was stopped
// goes on where it was, and a file that did not change is not read twice. It
// is a text file: a header line, then one JSON record for each file. A line
// that was cut off by a crash is dropped. It is advice, not evidence: a
// journal that cannot be read is refused, and deleting it is always safe.
type journal struct {
	path  string
	f     *os.File
	w     *bufio.Writer
	known map[string]record
	sync  time.Time
}

// journalHeader says what the records were compared with. Records under
// another header are worth nothing.
type journalHeader struct {
	Journal   int    `json:"jaga_scan"` // format version
	Index     string `json:"index"`
	Site      string `json:"site,omitempty"` // the installation whose banks they are
	Banks     string `json:"banks,omitempty"`
	Rotations bool   `json:"rotations"`
	Archives  bool   `json:"archives"`
	Every     string `json:"film_every,omitempty"` // how much of a film is hashed, if not one frame a second
	By        string `json:"by"`                   // program version: another one may decode more
}

const journalVersion = 3

// record is the result for one file.
type record struct {
	Path    string       `json:"path"`
	Size    int64        `json:"size"`
	MTime   int64        `json:"mtime"` // unix nanoseconds
	Outcome jaga.Outcome `json:"outcome"`
	Inner   []inside     `json:"inner,omitempty"` // the files of an archive
}

// openJournal opens or creates the journal. fresh reports that an older
// journal was for something else and was started again.
func openJournal(path string, head journalHeader) (j *journal, fresh bool, err error) {
	head.Journal = journalVersion
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, false, fmt.Errorf("open journal: %w", err)
	}
	// Its lines name files and say what was found in them: for its owner only.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, false, fmt.Errorf("open journal: %w", err)
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	if err := lockFile(f); err != nil {
		return nil, false, errorf(jaga.CodeConflict, "wait for the other scan, or give this one its own --journal", "open journal %s: another scan is using it", path)
	}
	j = &journal{path: path, f: f, known: map[string]record{}}
	good, old, err := j.read(head)
	if err != nil {
		return nil, false, err
	}
	if err := f.Truncate(good); err != nil {
		return nil, false, fmt.Errorf("open journal: %w", err)
	}
	if _, err := f.Seek(good, io.SeekStart); err != nil {
		return nil, false, fmt.Errorf("open journal: %w", err)
	}
	j.w = bufio.NewWriter(f)
	j.sync = time.Now()
	if good == 0 {
		if err := j.line(head); err != nil {
			return nil, false, err
		}
	}
	return j, old, nil
}

// read loads the records and returns how many bytes of the file are good; 0
// when it has to be started again. old reports that it belonged to another
// index.
func (j *journal) read(want journalHeader) (good int64, old bool, err error) {
	r := bufio.NewReader(j.f)
	for first := true; ; first = false {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return good, false, nil // what is left was cut off
		}
		if err != nil {
			return 0, false, fmt.Errorf("read journal: %w", err)
		}
		if first {
			var h journalHeader
			if json.Unmarshal(line, &h) != nil || h.Journal == 0 {
				return 0, false, errorf(jaga.CodeInvalid, "name another file with --journal", "%s is not a scan journal", j.path)
			}
			if h != want {
				return 0, true, nil
			}
		} else {
			var rec record
			if err := json.Unmarshal(line, &rec); err != nil {
				return good, false, nil
			}
			j.known[rec.Path] = rec
		}
		good += int64(len(line))
	}
}

// look returns the result of an earlier run, if the file is the same.
func (j *journal) look(path string, info fs.FileInfo) (record, bool) {
	if j == nil {
		return record{}, false
	}
	rec, ok := j.known[absolute(path)]
	if !ok || rec.Size != info.Size() || rec.MTime != info.ModTime().UnixNano() {
		return record{}, false
	}
	return rec, true
}

// absolute keeps a journal from being taken for that of the same names elsewhere.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// syncEvery is how much work a crash may cost.
const syncEvery = 5 * time.Second

func (j *journal) add(path string, info fs.FileInfo, o jaga.Outcome, inner []inside) error {
	if j == nil || info == nil {
		return nil
	}
	if err := j.line(record{absolute(path), info.Size(), info.ModTime().UnixNano(), o, inner}); err != nil {
		return err
	}
	if time.Since(j.sync) < syncEvery {
		return nil
	}
	j.sync = time.Now()
	return j.flush()
}

func (j *journal) line(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	if bytes.IndexByte(text, '\n') >= 0 {
		return errors.New("write journal: a record of two lines")
	}
	if _, err := j.w.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

func (j *journal) flush() error {
	if err := j.w.Flush(); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	if err := j.f.Sync(); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

// close keeps the journal, or removes it when the scan came to its end and
// nobody asked for the file.
func (j *journal) close(remove bool) error {
	if j == nil {
		return nil
	}
	err := j.flush()
	if cerr := j.f.Close(); err == nil && cerr != nil {
		err = fmt.Errorf("close journal: %w", cerr)
	}
	if remove && err == nil {
		if err = os.Remove(j.path); err != nil {
			err = fmt.Errorf("remove journal: %w", err)
		}
	}
	return err
}
