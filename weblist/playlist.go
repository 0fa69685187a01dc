package weblist

import (
	"net/url"
	"strings"
)

// FindPlaylist is [Find] for a playlist (M3U, M3U8; RFC 8216): every line that
// is no comment is an address, and so is every attribute URI of a tag. base is
// the playlist's own address, to which short addresses belong; "" leaves those
// out.
func FindPlaylist(list, base string, f func(Found)) {
	home, err := url.Parse(base)
	if err != nil || home.Host == "" {
		home = nil
	}
	at := 0
	for line := range strings.Lines(list) {
		lo, hi := at, at+len(strings.TrimRight(line, "\r\n"))
		at += len(line)
		s := list[lo:hi]
		if strings.HasPrefix(s, "#") {
			for rest := lo; ; {
				k := strings.Index(list[rest:hi], `URI="`)
				if k < 0 {
					break
				}
				rest += k + len(`URI="`)
				end := strings.IndexByte(list[rest:hi], '"')
				if end < 0 {
					break
				}
				playlistAddress(list, rest, rest+end, home, f)
				rest += end
			}
			continue
		}
		playlistAddress(list, lo, hi, home, f)
	}
}

func playlistAddress(list string, lo, hi int, home *url.URL, f func(Found)) {
	s := strings.TrimSpace(list[lo:hi])
	if s == "" {
		return
	}
	if !hasScheme(s) {
		if home == nil {
			return
		}
		ref, err := url.Parse(s)
		if err != nil {
			return
		}
		s = home.ResolveReference(ref).String()
	}
	if u, err := ParseURL(s); err == nil {
		f(Found{Start: lo, End: hi, URL: u})
	}
}
