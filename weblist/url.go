package weblist

import (
	"strings"

	"github.com/jaga-project/jaga"
)

// maxURL is the longest address that is read, in bytes: as much as the large
// browsers show.
const maxURL = 8 << 10

// URL is an address in its canonical spelling.
type URL struct {
	Scheme string // lower case; "" when none was written
	Host   string // lower case, punycode, or an IP address
	Port   string // "" is the scheme's own
	Path   string // begins with a slash; no dot segments, no empty ones
	Query  string // as written, without the question mark
}

// ports are the schemes that are read, with their own ports.
var ports = map[string]string{
	"http": "80", "https": "443", "ws": "80", "wss": "443", "ftp": "21",
	"rtmp": "1935", "rtmps": "443", "": "80",
}

// hasScheme reports whether the text begins with one of the schemes.
func hasScheme(text string) bool {
	s, _, ok := strings.Cut(text, ":")
	_, known := ports[strings.ToLower(s)]
	return ok && s != "" && known
}

var errURL = jaga.Errorf(jaga.CodeInvalid, "parse address: not one")

// ParseURL reads an address of the web, with or without a scheme, in the way
// browsers do: white space around it and line breaks in it do not count, nor
// do backslashes for slashes, names and passwords before an @, percent signs
// that hide ordinary letters, dots that lead nowhere, the scheme's own port,
// numbers for an IP address, and the fragment. Letters of a host become lower
// case and punycode. A query stays as it is, with whatever tracks people. In
// addition to that, empty segments of the path are dropped, and addresses of
// known shorteners lose all that is not their code. The error has the code
// [jaga.CodeInvalid] and does not repeat the text.
func ParseURL(text string) (URL, error) {
	if len(text) > maxURL {
		return URL{}, errURL
	}
	text = strings.TrimFunc(text, func(r rune) bool { return r <= ' ' })
	text = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(text)
	var u URL
	rest := text
	if hasScheme(text) {
		s, after, _ := strings.Cut(text, ":")
		u.Scheme, rest = strings.ToLower(s), after
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, query, _ := strings.Cut(rest, "?")
	rest = strings.TrimLeft(strings.ReplaceAll(rest, `\`, "/"), "/")
	authority, path, _ := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		authority = authority[at+1:]
	}
	host, port, ok := splitPort(authority)
	if !ok {
		return URL{}, errURL
	}
	if u.Host, ok = canonicalHost(host); !ok {
		return URL{}, errURL
	}
	if port != ports[u.Scheme] && !(u.Scheme == "" && port == "443") {
		u.Port = port
	}
	u.Path, u.Query = cleanPath(path), cleanPercent(query, true)
	u.shorten()
	return u, nil
}

// splitPort parts host and port; a port is a number up to 65535.
func splitPort(authority string) (host, port string, ok bool) {
	colon := strings.LastIndexByte(authority, ':')
	if colon < 0 || colon < strings.LastIndexByte(authority, ']') {
		return authority, "", true
	}
	n := 0
	for _, c := range []byte(authority[colon+1:]) {
		if c < '0' || c > '9' {
			return "", "", false
		}
		if n = 10*n + int(c-'0'); n > 65535 {
			return "", "", false
		}
	}
	port = strings.TrimLeft(authority[colon+1:], "0")
	return authority[:colon], port, true
}

// cleanPath resolves dot segments, also written with percent signs, drops empty
// ones and makes percent signs canonical.
func cleanPath(path string) string {
	var out []string
	ends := true // in a slash
	for seg := range strings.SplitSeq(path, "/") {
		seg = cleanPercent(seg, false)
		ends = false
		switch seg {
		case "", ".":
			ends = true
		case "..":
			ends = true
			if len(out) > 0 {
				out = out[:len(out)-1]
			}
		default:
			out = append(out, seg)
		}
	}
	s := "/" + strings.Join(out, "/")
	if ends && len(out) > 0 {
		s += "/"
	}
	return s
}

const hexDigits = "0123456789ABCDEF"

// cleanPercent writes unreserved characters (RFC 3986, section 2.3) as they are
// and all that is not printable ASCII as upper-case percent signs.
func cleanPercent(s string, query bool) string {
	plain := true
	for i := range len(s) {
		if s[i] == '%' || mustEscape(s[i]) {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	out := make([]byte, 0, len(s)+8)
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			d := unHex(s[i+1])<<4 | unHex(s[i+2])
			i += 2
			if unreserved(d) && !(query && d == '.') {
				out = append(out, d)
			} else {
				out = append(out, '%', hexDigits[d>>4], hexDigits[d&15])
			}
			continue
		}
		if mustEscape(c) {
			out = append(out, '%', hexDigits[c>>4], hexDigits[c&15])
		} else {
			out = append(out, c)
		}
	}
	return string(out)
}

func mustEscape(c byte) bool {
	return c <= ' ' || c >= 0x7F || c == '"' || c == '<' || c == '>' || c == '`' || c == '{' || c == '}'
}

func unreserved(c byte) bool {
	return alnum(c) || c == '-' || c == '.' || c == '_' || c == '~'
}

func alnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func unHex(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}

// authority is the host, with its port when that is not the scheme's own.
func (u *URL) authority() string {
	if u.Port == "" {
		return u.Host
	}
	return u.Host + ":" + u.Port
}

// site is the authority without a leading www.: the page is the same.
func (u *URL) site() string {
	a := u.authority()
	if rest, ok := strings.CutPrefix(a, "www."); ok && strings.Contains(rest, ".") {
		return rest
	}
	return a
}

func trimSlash(path string) string {
	if path == "/" {
		return path
	}
	return strings.TrimSuffix(path, "/")
}

// Canonical is the address without scheme, without a leading www. and without
// the slash at the end of its path: what two addresses of one page have in
// common.
func (u *URL) Canonical() string {
	s := u.site() + trimSlash(u.Path)
	if u.Query != "" {
		s += "?" + u.Query
	}
	return s
}

// How many keys of one address are looked up: what no page has is not worth
// hashing.
const (
	maxDomains = 8
	maxPaths   = 24
)

// Keys calls f with every key that covers the address, the widest first.
func (u *URL) Keys(f func(Key)) {
	if strings.Contains(u.Host, ".") && !isIP(u.Host) {
		first := 0
		for n := strings.Count(u.Host, "."); n >= maxDomains; n-- {
			first += strings.IndexByte(u.Host[first:], '.') + 1
		}
		if first > 0 {
			f(Key{Domain, u.Host})
		}
		for d := u.Host[first:]; strings.Contains(d, "."); {
			f(Key{Domain, d})
			_, d, _ = strings.Cut(d, ".")
		}
	}
	f(Key{Host, u.authority()})
	site := u.site()
	f(Key{Path, site + "/"})
	for n, at := 0, 1; n < maxPaths && at < len(u.Path); n++ {
		next := strings.IndexByte(u.Path[at:], '/')
		if next < 0 {
			f(Key{Path, site + u.Path})
			break
		}
		f(Key{Path, site + u.Path[:at+next]})
		at += next + 1
	}
	f(Key{Exact, u.Canonical()})
}
