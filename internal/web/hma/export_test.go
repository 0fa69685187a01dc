package hma

import (
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/jaga-project/jaga/internal/outbound"
)

// NewAllowing is New with another rule for the addresses that may be fetched
// from, so that tests fetch from servers of their own.
func NewAllowing(opt Options, allowed func(netip.Addr) bool) http.Handler {
	return build(opt, reach{allowed: allowed}, 0)
}

// NewReaching is NewAllowing with another resolver and time limit.
func NewReaching(opt Options, allowed func(netip.Addr) bool, r *net.Resolver, within time.Duration) http.Handler {
	return build(opt, reach{allowed, r, within}, 0)
}

// NewImpatient is New with another time after which the speed of a body counts.
func NewImpatient(opt Options, grace time.Duration) http.Handler {
	return build(opt, reach{allowed: outbound.Public}, grace)
}

// Draw, Public and the parsers are what no answer shows directly.
var (
	Draw          = draw
	Public        = outbound.Public
	Words         = words
	ParseMetadata = parseMetadata
	JSONNote      = jsonNote
	JSONInt       = jsonInt
)

// ParseBank reads the body of a bank and gives the ratio it asks for.
func ParseBank(data []byte) (name *string, share *float64, err error) {
	fields, _ := jsonObject(data)
	c, err := parseBank(fields, true)
	return c.name, c.ratio, err
}

// ParseSignals reads the body of a signal and gives the stored hashes.
func ParseSignals(data []byte) (map[string]string, error) {
	fields, _ := jsonObject(data)
	h, _, err := parseSignals(fields)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, x := range h {
		v, err := x.parse(x.value)
		if err != nil {
			return nil, err
		}
		out[x.name] = v.String()
	}
	return out, nil
}

// ParsePair reads one pair of hashes to compare.
func ParsePair(name string, raw json.RawMessage) error {
	t, err := findType(name)
	if err != nil {
		return err
	}
	_, err = pair(t, raw)
	return err
}

// Listed reports whether a host may be fetched from when hosts are listed.
func Listed(hosts []string, host string) bool { return (&fetcher{hosts: hosts}).listed(host) }
