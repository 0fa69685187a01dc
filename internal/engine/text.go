package engine

import (
	"fmt"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/weblist"
)

// isDigest reports whether an entry of a list of text is a digest already.
func isDigest(text string) bool {
	return len(text) == 64 && strings.Trim(text, "0123456789abcdefABCDEF") == ""
}

// textValue reads an address, domain, word or phrase.
func textValue(typ jaga.SignalType, text string) (Value, error) {
	k, err := listKey(typ, text)
	if err != nil {
		return Value{}, fmt.Errorf("parse %s: %w", typ, err)
	}
	if got := jaga.SignalType(k.Level.Signal()); got != typ {
		return Value{}, fmt.Errorf("parse %s: this is of type %s", typ, got)
	}
	return Value{Type: typ, Bytes: k.Digest()}, nil
}

// ParseListed reads what somebody put on a list by hand: an address or domain,
// which says itself which of the two it is, or a word or phrase. The error does
// not repeat it.
func ParseListed(typ jaga.SignalType, text string) (Value, weblist.Key, error) {
	k, err := listKey(typ, text)
	return Value{Type: jaga.SignalType(k.Level.Signal()), Bytes: k.Digest()}, k, err
}

// IsListed reports whether a value of the type is written out, as an address or
// words, and not as a digest.
func IsListed(typ jaga.SignalType, text string) bool { return typ.OfText() && !isDigest(text) }

func listKey(typ jaga.SignalType, text string) (weblist.Key, error) {
	if typ == jaga.Keyword {
		return weblist.ParsePhrase(text)
	}
	return weblist.ParseEntry(text)
}

// Spotted is an address or phrase in a text that some bank has an entry for.
type Spotted struct {
	Signal jaga.Signal
	Places []jaga.Place
}

// HasText reports whether there is any entry to look for in text.
func (e *Engine) HasText() bool {
	t := e.tables.Load()
	return t != nil && t.exact[jaga.URL].Len()+t.exact[jaga.Domain].Len()+t.exact[jaga.Keyword].Len() > 0
}

// Spot returns what of a text is in the banks, switched off or not: addresses
// at every level that covers them, and phrases. A playlist is read as one;
// base is its own address, to which short addresses in it belong, or empty.
// It returns nothing before the tables are there.
func (e *Engine) Spot(text, base string) []Spotted {
	t := e.tables.Load()
	if t == nil {
		return nil
	}
	var out []Spotted
	by := map[Value]int{}
	var ids []uint32
	look := func(typ jaga.SignalType, digest [32]byte, p jaga.Place) {
		if ids = t.exact[typ].Lookup(ids[:0], digest[:]); len(ids) == 0 {
			return
		}
		v := Value{Type: typ, Bytes: digest}
		k, ok := by[v]
		if !ok {
			k = len(out)
			by[v] = k
			out = append(out, Spotted{Signal: jaga.Signal{Type: typ, Value: v.String(), By: "weblist/1"}})
		}
		if s := &out[k]; len(s.Places) < jaga.MaxRanges && (len(s.Places) == 0 || s.Places[len(s.Places)-1] != p) {
			s.Places = append(s.Places, p)
		}
	}
	address := func(f weblist.Found) {
		p := jaga.Place{Start: f.Start, End: f.End, Hidden: f.Hidden}
		f.URL.Keys(func(k weblist.Key) { look(jaga.SignalType(k.Level.Signal()), k.Digest(), p) })
	}
	if t.exact[jaga.URL].Len()+t.exact[jaga.Domain].Len() > 0 {
		if strings.HasPrefix(strings.TrimLeft(text, "\ufeff \r\n"), "#EXTM3U") {
			weblist.FindPlaylist(text, base, address)
		} else {
			weblist.Find(text, address)
		}
	}
	if t.exact[jaga.Keyword].Len() > 0 {
		weblist.Words(text, weblist.MaxPhrase, func(s weblist.Spotted) {
			look(jaga.Keyword, s.Digest, jaga.Place{Start: s.Start, End: s.End, Hidden: s.Evaded})
		})
	}
	return out
}
