package live

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/outbound"
)

// The kinds of sources.
const (
	KindHLS    = "hls"    // an HTTP Live Streaming playlist is fetched
	KindRTMP   = "rtmp"   // a server is asked for a stream
	KindSRT    = "srt"    // the same over SRT
	KindListen = "listen" // an encoder sends its stream here, by RTMP or SRT
	KindPush   = "push"   // the stream comes in the body of a request
	KindFrames = "frames" // pictures come over a WebSocket
	KindSocket = "socket" // a server is asked for pictures over a WebSocket
)

// Source is where a stream comes from.
type Source struct {
	Kind string
	// URL is what ffmpeg is given, with what it may hold of credentials; empty for
	// push and frames.
	URL string
	// Shown is the address for people: without user, path's last part and query,
	// in which stream keys stand.
	Shown string
	host  string // with port
	plain bool   // a file that is sent at its own speed, see ParseSource
	file  bool   // what lies at the address is known to be a stream itself, not a playlist
}

// Reach says which addresses sources may lie at, beside the public internet.
type Reach struct {
	// Networks are private ones, such as 10.0.0.0/8, that sources may lie in.
	// Empty is none: a server that fetches what a key names could otherwise be
	// made to reach the operator's own network.
	Networks []netip.Prefix
	// Listen are the addresses that encoders may send to, such as
	// 0.0.0.0:1935. Empty is none.
	Listen []netip.AddrPort
	// TLS is what encoders find that send RTMP with TLS here; nil is none.
	TLS *tls.Config
	// Roots are those that certificates of sources lead to; nil is those of the
	// machine.
	Roots *x509.CertPool
}

// allowed reports whether a source may lie at an address.
func (r Reach) allowed(a netip.Addr) bool {
	a = a.Unmap()
	return outbound.Public(a) || slices.ContainsFunc(r.Networks, func(p netip.Prefix) bool { return p.Contains(a) })
}

// ParseSource reads the address of a source:
//
//	https://host/path.m3u8, http://…      HLS
//	rtmp://host/app/key, rtmps://…        RTMP, from a server
//	wss://host/path, ws://…               JPEG pictures by WebSocket, from a server
//	srt://host:port                       SRT, from a server
//	listen:rtmp://address:port/app/key    RTMP, an encoder sends it here; rtmps with TLS
//	listen:srt://address:port             SRT, an encoder sends it here
//	push                                  the body of POST /v1/live/{watch}/media
//	push:realtime                         the same for a recording: played at its own speed
//	frames                                JPEG pictures by WebSocket
//
// Errors never repeat the address: it may hold a stream key.
func ParseSource(text string) (Source, error) {
	bad := func(msg, hint string) (Source, error) {
		return Source{}, &jaga.Error{Code: jaga.CodeInvalid, Field: "source", Msg: msg, Hint: hint}
	}
	switch text {
	case "push", "push:realtime":
		return Source{Kind: KindPush, Shown: text, plain: text != "push"}, nil
	case "frames":
		return Source{Kind: KindFrames, Shown: text}, nil
	case "":
		return bad("it is missing", "write an address such as https://host/stream.m3u8")
	}
	if len(text) > 2000 || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return bad("it is no address of a stream", "docs/live.md lists the kinds")
	}
	rest, listens := strings.CutPrefix(text, "listen:")
	u, err := url.Parse(rest)
	if err != nil || u.Opaque != "" || u.Hostname() == "" || u.Fragment != "" {
		return bad("it is no address of a stream", "docs/live.md lists the kinds")
	}
	s := Source{URL: rest}
	ports := map[string]string{"http": "80", "https": "443", "rtmp": "1935", "rtmps": "443", "srt": "", "ws": "80", "wss": "443"}
	port, known := ports[u.Scheme]
	switch {
	case !known:
		return bad("streams begin with https, http, rtmp, rtmps, srt, wss or ws", "docs/live.md lists the kinds")
	case u.Scheme == "srt" && (u.Port() == "" || u.RawQuery != "" && u.Query().Get("mode") != ""):
		return bad("an SRT address has a port and no mode", "listen:srt://address:port takes what an encoder sends")
	case u.Scheme == "http" || u.Scheme == "https" || u.Scheme == "ws" || u.Scheme == "wss":
		if listens {
			return bad("only RTMP and SRT can be sent here", "")
		}
		if s.Kind = KindHLS; strings.HasPrefix(u.Scheme, "ws") {
			s.Kind = KindSocket
		}
	case u.Scheme == "srt":
		s.Kind = KindSRT
	default:
		s.Kind = KindRTMP
	}
	if u.Port() != "" {
		if n, err := strconv.Atoi(u.Port()); err != nil || n < 1 || n > 65535 {
			return bad("its port is no port", "")
		}
		port = u.Port()
	}
	s.host = net.JoinHostPort(u.Hostname(), port)
	s.Shown = u.Scheme + "://" + u.Host
	if listens {
		if _, err := netip.ParseAddrPort(s.host); err != nil {
			return bad("what is listened on is an IP address and a port", "listen:rtmp://0.0.0.0:1935/live/key")
		}
		s.Kind, s.Shown = KindListen, "listen:"+s.Shown
	}
	if path := strings.Trim(u.Path, "/"); path != "" {
		first, _, more := strings.Cut(path, "/")
		if more {
			s.Shown += "/" + first + "/…"
		} else {
			s.Shown += "/…"
		}
	}
	return s, nil
}

// check refuses a source that may not be reached, as far as that shows before its
// name is resolved.
func (s Source) check(r Reach) error {
	denied := func(msg, hint string) error {
		return &jaga.Error{Code: jaga.CodeDenied, Field: "source", Msg: msg, Hint: hint}
	}
	switch s.Kind {
	case KindListen:
		at, err := netip.ParseAddrPort(s.host)
		if err != nil || !slices.Contains(r.Listen, at) {
			return denied("nothing may be listened on at that address", "the setting live.listen lists the addresses")
		}
		if strings.HasPrefix(s.URL, "rtmps:") && r.TLS == nil {
			return denied("there is no certificate for RTMP with TLS", "the settings live.tls_cert and live.tls_key name its files")
		}
	case KindHLS, KindRTMP, KindSRT, KindSocket:
		host, _, _ := net.SplitHostPort(s.host)
		if a, err := netip.ParseAddr(host); err == nil && !r.allowed(a) {
			return denied("the address is not of the public internet", "the setting live.networks lists own networks that streams may come from")
		}
	}
	return nil
}

// resolve returns an address of the source's host that may be reached. The stream
// is then fetched from this very address, so a name that changes meanwhile gains
// nothing.
func (s Source) resolve(ctx context.Context, r Reach) (netip.AddrPort, error) {
	host, port, err := net.SplitHostPort(s.host)
	if err != nil {
		return netip.AddrPort{}, err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return netip.AddrPort{}, err
	}
	list, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("the name of the source's host does not resolve")
	}
	for _, a := range list {
		if r.allowed(a) {
			return netip.AddrPortFrom(a.Unmap(), uint16(n)), nil
		}
	}
	return netip.AddrPort{}, outbound.ErrAddress
}
