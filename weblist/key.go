package weblist

import (
	"crypto/sha256"
	"strings"

	"github.com/jaga-project/jaga"
)

// Level says what an entry covers. The values are part of what is hashed.
type Level string

// The levels, from the widest to the narrowest.
const (
	Domain Level = "domain" // a domain and all below it: example.org, www.example.org …
	Host   Level = "host"   // this host alone
	Path   Level = "path"   // this path of a host and all below it
	Exact  Level = "url"    // this address alone
	Phrase Level = "words"  // a word, or several in this order
)

// Key is what an entry of a list and something in a text have in common when
// they match.
type Key struct {
	Level Level
	// Text is the canonical spelling: a domain or host in lower case and
	// punycode, an address without scheme, folded words with single spaces.
	Text string
}

// Digest is the SHA-256 of level, a space and text. It is the value of the
// key's signal.
func (k Key) Digest() [32]byte {
	var buf [256]byte
	b := append(buf[:0], k.Level...)
	b = append(b, ' ')
	return sha256.Sum256(append(b, k.Text...))
}

// Signal is the type of signal of a level.
func (l Level) Signal() string {
	switch l {
	case Domain, Host:
		return "domain"
	case Phrase:
		return "keyword"
	}
	return "url"
}

// ParseEntry reads an entry of a list of addresses:
//
//	example.org             the domain and all below it
//	*.example.org           the same
//	=www.example.org        this host alone
//	192.0.2.7               the same, an IP address
//	example.org/a/*         this path and all below it
//	https://example.org/*   this host alone
//	https://example.org/a   this address alone
//	example.org/a?b=c       this address alone
//
// Scheme, case of the host, default port, www. before an address with a path,
// and spelling are as in [ParseURL]. Errors do not repeat the entry.
func ParseEntry(text string) (Key, error) {
	text = strings.TrimSpace(text)
	bad := func(why string) (Key, error) {
		err := jaga.Errorf(jaga.CodeInvalid, "%s", why)
		err.Hint = "write a domain (example.org), one host (=www.example.org), a path with all below (example.org/a/*) or an address"
		return Key{}, err
	}
	alone := strings.HasPrefix(text, "=")
	text = strings.TrimPrefix(text, "=")
	wild := strings.HasPrefix(text, "*.")
	text = strings.TrimPrefix(text, "*.")
	below := strings.HasSuffix(text, "/*")
	text = strings.TrimSuffix(text, "*")
	if strings.Contains(text, "*") {
		return bad("a star may stand only first, before a dot, or last, behind a slash")
	}
	schemed := hasScheme(text)
	u, err := ParseURL(text)
	if err != nil {
		return bad("not an address")
	}
	root := u.Path == "/" && u.Query == ""
	switch {
	case alone && wild, alone && !root, alone && below, wild && !root, below && u.Query != "":
		return bad("the entry contradicts itself")
	case alone:
		return Key{Host, u.authority()}, nil
	case root && below && schemed:
		return Key{Host, u.authority()}, nil
	case wild && isIP(u.Host):
		return bad("the entry contradicts itself") // nothing is below a number
	case root && isIP(u.Host) && (below || !schemed):
		return Key{Host, u.authority()}, nil
	case root && (wild || below || !schemed) && u.Port == "":
		if !strings.Contains(u.Host, ".") {
			return bad("a whole top-level domain is more than a list can mean")
		}
		return Key{Domain, u.Host}, nil
	case below:
		return Key{Path, u.site() + trimSlash(u.Path)}, nil
	}
	return Key{Exact, u.Canonical()}, nil
}

// ParsePhrase reads a word or phrase of a list. It is folded as messages are.
// Errors do not repeat it.
func ParsePhrase(text string) (Key, error) {
	words := phraseWords(text)
	switch {
	case len(words) == 0:
		return Key{}, jaga.Errorf(jaga.CodeInvalid, "no word in it")
	case len(words) > MaxPhrase:
		return Key{}, jaga.Errorf(jaga.CodeInvalid, "%d words; a phrase has at most %d", len(words), MaxPhrase)
	}
	k := Key{Phrase, strings.Join(words, " ")}
	if len(k.Text) < 3 {
		return Key{}, jaga.Errorf(jaga.CodeInvalid, "shorter than three letters; that is in too much of what people write")
	}
	return k, nil
}
