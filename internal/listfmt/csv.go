package listfmt

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"

	"github.com/jaga-project/jaga"
)

// columns says where in a CSV line the parts stand; -1 is nowhere.
type columns struct {
	sep              rune
	value, typ, note int
	valueType        jaga.SignalType // from the header's own name
	headerless       bool
}

var headerWords = map[string]string{
	"value": "value", "hash": "value", "signal": "value", "indicator": "value", "hash_value": "value", "signal_value": "value",
	"pdq": "value", "vpdq": "value", "chromaprint": "value", "fingerprint": "value", "md5": "value", "sha1": "value", "sha256": "value", "sha-1": "value", "sha-256": "value",
	"url": "value", "domain": "value", "keyword": "value", "word": "value", "phrase": "value",
	"type": "type", "signal_type": "type", "hash_type": "type", "indicator_type": "type",
	"note": "note", "comment": "note", "description": "note",
}

func isHeaderWord(s string) bool {
	_, ok := headerWords[strings.ToLower(strings.TrimSpace(s))]
	return ok
}

// parseHeader reads the first line of a CSV list. A line without any header
// word is data: the hash first, or the type and then the hash.
func parseHeader(line []byte) (c columns, named bool) {
	c = columns{sep: ',', value: -1, typ: -1, note: -1}
	for _, sep := range []rune{',', ';', '\t'} {
		if bytes.ContainsRune(line, sep) {
			c.sep = sep
			break
		}
	}
	cells, err := splitCSV(line, c.sep)
	if err != nil {
		cells = nil
	}
	for i, cell := range cells {
		word := strings.ToLower(strings.TrimSpace(cell))
		switch headerWords[word] {
		case "value":
			if c.value < 0 {
				c.value, named = i, true
				c.valueType, _ = typeOf(word)
			}
		case "type":
			c.typ, named = i, true
		case "note":
			c.note, named = i, true
		}
	}
	if named && c.value >= 0 && !hasHash(cells) {
		return c, true
	}
	// No header: find the hash among the cells.
	c = columns{sep: c.sep, value: 0, typ: -1, note: -1, headerless: true}
	for i, cell := range cells {
		if _, err := typeOf(cell); err == nil {
			c.typ = i
		}
	}
	if c.typ == 0 {
		c.value = 1
	}
	return c, false
}

func hasHash(cells []string) bool {
	for _, cell := range cells {
		cell = strings.TrimSpace(cell)
		if n := len(cell); (n == 32 || n == 40 || n == 64) && strings.Trim(cell, "0123456789abcdefABCDEF") == "" {
			return true
		}
	}
	return false
}

func splitCSV(line []byte, sep rune) ([]string, error) {
	if bytes.IndexByte(line, '"') < 0 { // the common case, ten times faster
		return strings.Split(string(line), string(sep)), nil
	}
	r := csv.NewReader(bytes.NewReader(line))
	r.Comma = sep
	r.FieldsPerRecord = -1
	cells, err := r.Read()
	if err != nil {
		return nil, errors.New("broken quotation marks")
	}
	return cells, nil
}

func (r *Reader) parseCSV(line []byte) error {
	c := &r.columns
	typ := r.typ
	if typ == "" {
		typ = c.valueType
	}
	if c.typ < 0 && c.note < 0 && bytes.IndexByte(line, '"') < 0 {
		// Only the hash counts: no need to cut the whole line.
		cell, rest := line, line
		for i := 0; i <= c.value; i++ {
			if rest == nil {
				return fmt.Errorf("it has no column %d", c.value+1)
			}
			var found bool
			if cell, rest, found = bytes.Cut(rest, []byte(string(c.sep))); !found {
				rest = nil
			}
		}
		return r.set(typ, cell)
	}
	cells, err := splitCSV(line, c.sep)
	if err != nil {
		return err
	}
	if c.value >= len(cells) {
		return fmt.Errorf("it has no column %d", c.value+1)
	}
	if c.typ >= 0 && c.typ < len(cells) && strings.TrimSpace(cells[c.typ]) != "" {
		if typ, err = typeOf(cells[c.typ]); err != nil {
			return err
		}
	}
	if c.note >= 0 && c.note < len(cells) {
		if err := r.setNote(cells[c.note]); err != nil {
			return err
		}
	}
	return r.set(typ, []byte(cells[c.value]))
}
