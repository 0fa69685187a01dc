package weblist

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// profile is what browsers use: the mapping of UTS 46 without the exceptions
// of 2003, and rules for right-to-left labels and joiners. Underscores and
// hyphens anywhere are names that exist.
var profile = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.CheckHyphens(false), idna.BidiRule(), idna.CheckJoiners(true))

const maxHost = 253 // RFC 1035, section 2.3.4

// canonicalHost returns a host name in lower case and punycode or an IP address
// in its usual form.
func canonicalHost(host string) (string, bool) {
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		addr, err := netip.ParseAddr(inner)
		if !ok || err != nil || !addr.Is6() || addr.Zone() != "" {
			return "", false
		}
		if addr.Is4In6() {
			return addr.Unmap().String(), true
		}
		return "[" + addr.String() + "]", true
	}
	if strings.Contains(host, "%") {
		host = unpercent(host)
	}
	host = strings.TrimRight(host, ".")
	if !plainHost(host) {
		var ok bool
		if host, ok = ascii(host); !ok {
			return "", false
		}
	}
	if host == "" || len(host) > maxHost || strings.Contains(host, "..") || host[0] == '.' {
		return "", false
	}
	for i := range len(host) {
		if c := host[i]; !alnum(c) && c != '-' && c != '.' && c != '_' {
			return "", false
		}
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if numeric(last) {
		return ipv4(host)
	}
	return host, true
}

// ascii maps a host to lower case and punycode. What does not map to itself the
// second time is no name that anybody can have registered.
func ascii(host string) (string, bool) {
	if !utf8.ValidString(host) {
		return "", false
	}
	once, err := profile.ToASCII(host)
	if err != nil {
		return "", false
	}
	once = strings.TrimRight(once, ".")
	twice, err := profile.ToASCII(once)
	return once, err == nil && once == twice
}

// plainHost reports whether a host is lower-case ASCII without punycode, which
// needs no mapping.
func plainHost(host string) bool {
	for i := range len(host) {
		c := host[i]
		if c >= 0x80 || c >= 'A' && c <= 'Z' || c == '-' && strings.HasPrefix(host[i:], "--") {
			return false
		}
	}
	return true
}

func unpercent(s string) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			out = append(out, unHex(s[i+1])<<4|unHex(s[i+2]))
			i += 2
			continue
		}
		out = append(out, s[i])
	}
	return string(out)
}

// numeric reports whether a label is a number as browsers read it; a host that
// ends in one is an IPv4 address or nothing.
func numeric(label string) bool {
	_, ok := number(label)
	return ok
}

// number reads decimal, octal (0 before it) and hexadecimal (0x) numbers.
func number(s string) (uint64, bool) {
	base := 10
	if rest, ok := strings.CutPrefix(s, "0x"); ok {
		s, base = rest, 16
		if s == "" {
			return 0, true
		}
	} else if len(s) > 1 && s[0] == '0' {
		s, base = s[1:], 8
	}
	n, err := strconv.ParseUint(s, base, 64)
	return n, err == nil
}

// ipv4 reads an address of one to four numbers, of which the last fills what is
// left (the IPv4 parser of the URL standard).
func ipv4(host string) (string, bool) {
	parts := strings.Split(host, ".")
	if len(parts) > 4 {
		return "", false
	}
	var addr uint64
	for i, p := range parts {
		n, ok := number(p)
		if !ok {
			return "", false
		}
		if i < len(parts)-1 {
			if n > 255 {
				return "", false
			}
			addr |= n << (8 * (3 - i))
			continue
		}
		if n >= 1<<(8*(5-len(parts))) {
			return "", false
		}
		addr |= n
	}
	return netip.AddrFrom4([4]byte{byte(addr >> 24), byte(addr >> 16), byte(addr >> 8), byte(addr)}).String(), true
}

// isIP reports whether a canonical host is an IP address.
func isIP(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	return host[0] == '[' || numeric(last)
}
