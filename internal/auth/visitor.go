package auth

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
)

// visitor is what is known of whoever asks before they have said who they are.
type visitor struct {
	device  string       // see [Device]
	network netip.Prefix // the zero value when it is not known
}

type visitorKey struct{}

func withVisitor(ctx context.Context, v visitor) context.Context {
	return context.WithValue(ctx, visitorKey{}, v)
}

func visitorFrom(ctx context.Context) visitor {
	v, _ := ctx.Value(visitorKey{}).(visitor)
	return v
}

func visitorOf(r *http.Request) visitor {
	return visitor{device: deviceOf(r.UserAgent()), network: networkOf(r)}
}

// networkOf is the network a request came from. One from this machine came
// through a proxy here, which appended whom it saw; what stands before that
// anybody can write. Neighbours share a network, for one person can have many
// addresses of one.
func networkOf(r *http.Request) netip.Prefix {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Prefix{}
	}
	a := at.Addr()
	if a.IsLoopback() {
		all := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if seen, err := netip.ParseAddr(strings.TrimSpace(all[len(all)-1])); err == nil {
			a = seen
		}
	}
	a = a.Unmap().WithZone("")
	bits := 64
	if a.Is4() {
		bits = 32
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// Device says on what somebody signed in, in two words that the program knows:
// "firefox linux". Either is "other" when it is not known. The browser's whole
// description is not kept.
type Device struct{ Browser, System string }

func parseDevice(text string) Device {
	browser, system, ok := strings.Cut(text, " ")
	if !ok {
		return Device{"other", "other"}
	}
	return Device{browser, system}
}

// Browsers and Systems list the words of a [Device].
func Browsers() []string { return []string{"edge", "opera", "firefox", "chrome", "safari", "other"} }

// Systems lists the systems of a [Device].
func Systems() []string {
	return []string{"android", "iphone", "ipad", "windows", "mac", "chromeos", "linux", "other"}
}

// deviceOf reads a User-Agent header. Browsers name each other in it, so the
// order matters: the particular one stands before the one it says to be like.
func deviceOf(agent string) string {
	find := func(pairs ...string) string {
		for i := 0; i < len(pairs); i += 2 {
			if strings.Contains(agent, pairs[i]) {
				return pairs[i+1]
			}
		}
		return "other"
	}
	browser := find("Edg", "edge", "OPR/", "opera", "FxiOS", "firefox", "Firefox/", "firefox", "CriOS", "chrome", "Chrome/", "chrome", "Safari/", "safari")
	system := find("Android", "android", "iPhone", "iphone", "iPad", "ipad", "Windows", "windows", "Mac OS X", "mac", "CrOS", "chromeos", "Linux", "linux")
	return browser + " " + system
}
