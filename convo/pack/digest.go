//go:build !small

package pack

import (
	"crypto/sha256"
	"hash"
)

// newDigest is what names a pack's files, see [Pack.Digest].
func newDigest() hash.Hash { return sha256.New() }
