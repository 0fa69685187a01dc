package weblist

import (
	"slices"
	"strings"
)

// shorteners are hosts whose addresses are a code for another address, in
// order. Their pages have no content of their own, so a domain entry for one
// would cover the whole web; see [URL.Shortened].
var shorteners = []string{
	"adf.ly", "bit.do", "bit.ly", "bitly.ws", "bl.ink", "buff.ly", "cutt.ly", "goo.gl", "is.gd",
	"j.mp", "lnkd.in", "ow.ly", "rb.gy", "rebrand.ly", "s.id", "short.gy", "shorturl.at",
	"surl.li", "t.co", "t.ly", "tiny.cc", "tinyurl.com", "tny.im", "urlz.fr", "v.gd",
}

// Shortened reports whether the address is one of a known shortener. Where it
// leads is not known and never looked up.
func (u *URL) Shortened() bool {
	_, found := slices.BinarySearch(shorteners, u.Host)
	return found
}

// shorten leaves of a shortener's address its host and code: the code's letters
// are case sensitive, and what is put behind it to see a preview or to track a
// click leads to the same place.
func (u *URL) shorten() {
	host := strings.TrimPrefix(strings.TrimPrefix(u.Host, "www."), "preview.")
	if _, found := slices.BinarySearch(shorteners, host); !found {
		return
	}
	u.Host, u.Query = host, ""
	code, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	u.Path = "/" + strings.TrimRight(code, "+-")
}
