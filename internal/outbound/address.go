package outbound

import "net/netip"

// special are the parts of the global ranges that are not the public internet
// (IANA's special-purpose address registries): addresses there reach the
// server's own networks, or others through a translator.
func special() []netip.Prefix {
	var out []netip.Prefix
	for _, text := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	} {
		out = append(out, netip.MustParsePrefix(text))
	}
	return out
}

// Public reports whether an address belongs to the public internet. Loopback,
// private, link-local, shared and translated ranges do not.
func Public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsValid() || a.Zone() != "" || !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return false
	}
	// Of IPv6 only 2000::/3 is assigned to the internet; that leaves out
	// mapped, translated (64:ff9b::/96) and site-local addresses.
	if a.Is6() && !netip.MustParsePrefix("2000::/3").Contains(a) {
		return false
	}
	for _, p := range special() {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// Intranet reports whether an address is public, private (RFC 1918, RFC 4193) or
// this machine. Link-local addresses are refused still: at one of them clouds
// hand out the credentials of the machine that asks.
func Intranet(a netip.Addr) bool {
	a = a.Unmap()
	return Public(a) || a.Zone() == "" && (a.IsPrivate() || a.IsLoopback())
}

// Near reports whether an address is private or this machine: what is sent
// there does not leave the operator's own network.
func Near(a netip.Addr) bool {
	a = a.Unmap()
	return a.Zone() == "" && (a.IsPrivate() || a.IsLoopback())
}
