package policy

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
)

// State is where a version of a rule stands.
type State string

// The states of a version.
const (
	Draft   State = "draft"   // saved, and nothing more
	Shadow  State = "shadow"  // evaluated and counted; never acts
	Canary  State = "canary"  // acts for a share of the accounts
	Active  State = "active"  // acts
	Retired State = "retired" // over
)

// States lists the states in the order in which a version goes through them.
func States() []State { return []State{Draft, Shadow, Canary, Active, Retired} }

// Acts reports whether a version in the state can act.
func (s State) Acts() bool { return s == Canary || s == Active }

// Live reports whether a version in the state is evaluated.
func (s State) Live() bool { return s == Shadow || s.Acts() }

// ShareUnit is the number of equal parts into which accounts fall; a share of
// 50 is five per cent.
const ShareUnit = 1000

// inShare reports whether an account is in a share of a rule's canary. A keyed
// hash chooses, for each rule anew: nobody outside can tell which accounts are
// in it, an account stays in while the share grows, and no account is always
// the one that new rules are tried on. An account that is unknown is not in.
func inShare(key []byte, rule string, account Opt[string], share int64) bool {
	id, ok := account.Get()
	if !ok || id == "" {
		return false
	}
	h := hmac.New(sha256.New, key)
	_, _ = h.Write([]byte("jaga policy canary\n" + rule + "\n" + id))
	return int64(binary.BigEndian.Uint64(h.Sum(nil))%ShareUnit) < share
}
