package chatfile

import (
	"bytes"
	"encoding/json"
	"iter"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// The types below take a JSON value of any kind, so that one wrong field does
// not cost the message around it. Their bad is set, and the value empty, if the
// kind is wrong.

// str is a string; a number is taken as its digits, since ids are written
// either way.
type str struct {
	s   string
	bad bool
}

func (v *str) UnmarshalJSON(b []byte) error {
	*v = str{}
	switch {
	case isNull(b):
	case b[0] == '"':
		if inner := b[1 : len(b)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
			v.s = string(inner) // as it stands, which is the rule
			return nil
		}
		return json.Unmarshal(b, &v.s)
	case b[0] == '-' || '0' <= b[0] && b[0] <= '9':
		v.s = string(b)
	default:
		v.bad = true
	}
	return nil
}

// num is a finite number, or a string that holds one.
type num struct {
	v        float64
	set, bad bool
}

func (v *num) UnmarshalJSON(b []byte) error {
	*v = num{}
	if isNull(b) {
		return nil
	}
	v.set = true
	s := string(b)
	if b[0] == '"' {
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		v.bad = true
		return nil
	}
	v.v = f
	return nil
}

// count is a num as a whole number from 0 on; a number that is none counts as
// bad.
func (v num) count() (n int, ok bool) {
	if v.bad || v.v < 0 || v.v > math.MaxInt32 || v.v != math.Trunc(v.v) {
		return 0, false
	}
	return int(v.v), true
}

// flag is true or false.
type flag struct {
	is, bad bool
}

func (v *flag) UnmarshalJSON(b []byte) error {
	v.is, v.bad = string(b) == "true", string(b) != "true" && string(b) != "false" && !isNull(b)
	return nil
}

// names is a string or a list of strings.
type names struct {
	list []string
	bad  bool
}

func (v *names) UnmarshalJSON(b []byte) error {
	*v = names{}
	if isNull(b) {
		return nil
	}
	if b[0] != '[' {
		var one str
		if err := one.UnmarshalJSON(b); err != nil {
			return err
		}
		v.bad = one.bad
		if one.s != "" {
			v.list = []string{one.s}
		}
		return nil
	}
	for _, element := range each(b) {
		var s str
		if err := s.UnmarshalJSON(element); err != nil {
			return err
		}
		if s.bad || s.s == "" || len(v.list) >= MaxParticipants {
			v.bad = true
		} else if len(v.list) < few && !slices.Contains(v.list, s.s) || len(v.list) >= few {
			v.list = append(v.list, s.s)
		}
	}
	return nil
}

// few is how many names are compared to leave out those that are there twice.
const few = 64

// each returns the elements of a JSON list that is known to be well formed, and
// where they begin in it. They are parts of the list, so that a list takes no
// more memory than its text.
func each(list json.RawMessage) iter.Seq2[int, json.RawMessage] {
	return func(yield func(int, json.RawMessage) bool) {
		for at := 1; at < len(list); {
			rest := bytes.TrimLeft(list[at:], " \t\r\n,")
			if len(rest) == 0 || rest[0] == ']' {
				return
			}
			at = len(list) - len(rest)
			n := valueLen(rest)
			if !yield(at, rest[:n]) {
				return
			}
			at += n
		}
	}
}

// valueLen returns the length of the value that well-formed JSON begins with.
func valueLen(b []byte) int {
	depth, quoted := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
			if !quoted && depth == 0 {
				return i + 1
			}
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth == 0 {
				return i // the list's own bracket ends a number
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case depth == 0 && (c == ',' || c == ' ' || c == '\t' || c == '\r' || c == '\n'):
			return i
		}
	}
	return len(b)
}

func isNull(b []byte) bool { return bytes.Equal(b, []byte("null")) }
