package pdq

import (
	"database/sql/driver"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"
)

// MatchThreshold is the customary largest distance of a match, in bits of 256.
// Unrelated pictures lie around 128.
const MatchThreshold = 31

// MinQuality is the smallest quality with which a hash may be used.
const MinQuality = 50

// Hash is a PDQ hash. Byte 0 holds the first two hexadecimal digits of the
// text form, that is bits 255 (most significant) to 248. The zero Hash is the
// one given to pictures that are too small to hash.
type Hash [32]byte

// ParseHash reads the text form: exactly 64 hexadecimal digits in either case.
func ParseHash(s string) (Hash, error) {
	var h Hash
	if len(s) != 64 {
		return h, fmt.Errorf("parse PDQ hash: %d characters, want 64 hexadecimal digits", len(s))
	}
	if _, err := hex.Decode(h[:], []byte(s)); err != nil {
		return Hash{}, fmt.Errorf("parse PDQ hash: not hexadecimal")
	}
	return h, nil
}

// String returns the text form, 64 lowercase hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Distance returns the number of bits in which h and o differ, 0..256.
func (h Hash) Distance(o Hash) int {
	n := 0
	for i := 0; i < 32; i += 8 {
		n += bits.OnesCount64(binary.LittleEndian.Uint64(h[i:]) ^ binary.LittleEndian.Uint64(o[i:]))
	}
	return n
}

// Bit reports whether bit i is set, 0..255. Bit 16*r+c belongs to row r and
// column c of the transform.
func (h Hash) Bit(i int) bool { return h[31-i/8]>>(i%8)&1 == 1 }

func (h *Hash) setBit(i int) { h[31-i/8] |= 1 << (i % 8) }

// MarshalText returns the text form. It never fails.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads the text form.
func (h *Hash) UnmarshalText(text []byte) error {
	v, err := ParseHash(string(text))
	if err == nil {
		*h = v
	}
	return err
}

// Value returns the 32 bytes for a database column.
func (h Hash) Value() (driver.Value, error) { return h[:], nil }

// Scan reads 32 bytes or the text form from a database column.
func (h *Hash) Scan(src any) error {
	switch v := src.(type) {
	case []byte:
		if len(v) == 32 {
			copy(h[:], v)
			return nil
		}
		return h.UnmarshalText(v)
	case string:
		return h.UnmarshalText([]byte(v))
	}
	return fmt.Errorf("scan PDQ hash: cannot read %T", src)
}
