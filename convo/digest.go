//go:build !small

package convo

import "crypto/sha256"

// digest names the packs of a detector together, see [Detector.Version].
func digest(s string) [sha256.Size]byte { return sha256.Sum256([]byte(s)) }
