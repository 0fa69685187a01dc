package action

import (
	"strconv"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/sealed"
)

// sealer keeps the secrets of targets unreadable in the database. A sealed
// secret opens for its own target only.
type sealer struct{ key *sealed.Key }

func newSealer(key []byte) (sealer, error) {
	own, err := sealed.New(key, "jaga webhooks")
	return sealer{own}, err
}

func purpose(target int64) string { return "target " + strconv.FormatInt(target, 10) }

func (s sealer) seal(target int64, secret string) []byte {
	return s.key.Seal(purpose(target), []byte(secret))
}

func (s sealer) open(target int64, text []byte) (string, error) {
	plain, err := s.key.Open(purpose(target), text)
	if err != nil {
		return "", &jaga.Error{Code: jaga.CodeUnavailable, Field: "secret", Msg: "the secret does not open: it is damaged, or of another installation",
			Hint: "rotate the secret of the target, and give the receiver the new one", Err: err}
	}
	return string(plain), nil
}
