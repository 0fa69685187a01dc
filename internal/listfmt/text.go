package listfmt

import (
	"bytes"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/weblist"
)

// isDigest reports whether an entry of a list of text is a digest already.
func isDigest(text []byte) bool {
	return len(text) == 64 && len(bytes.Trim(text, "0123456789abcdefABCDEF")) == 0
}

// isTextHeader reports whether the first line of a list of text names columns.
func isTextHeader(line []byte) bool {
	_, named := parseHeader(line)
	return named || isHeaderWord(string(line))
}

// setText takes an address, domain, word or phrase. A list of addresses may
// have domains in it and the other way round: the entry says what it is.
func (r *Reader) setText(typ jaga.SignalType, text string) error {
	parse := weblist.ParseEntry
	if typ == jaga.Keyword {
		parse = weblist.ParsePhrase
	}
	k, err := parse(text)
	if err != nil {
		return err
	}
	r.row.Type, r.row.Value = jaga.SignalType(k.Level.Signal()), k.Digest()
	return nil
}
