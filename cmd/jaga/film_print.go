package main

import (
	"fmt"
	"strings"

	"github.com/jaga-project/jaga"
)

// filmText says which seconds matched: "seconds 20-30 of 62 (16 %), of the entry
// 0-9 of 9 (100 %)". A picture has no seconds.
func filmText(f jaga.Film) string {
	var parts []string
	if len(f.Query) > 0 {
		parts = append(parts, "seconds "+rangesText(f.Query, f.More)+fmt.Sprintf(" of %s (%.0f %%)", secondsText(f.QuerySeconds), f.QueryPercent))
	}
	if len(f.Stored) > 0 {
		text := "of the entry " + rangesText(f.Stored, f.More) + " of " + secondsText(f.StoredSeconds)
		if f.StoredFrames > 0 {
			text += fmt.Sprintf(" (%.0f %%)", f.StoredPercent)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

// soundText says which seconds were heard: "seconds 20-32 of 62, of the entry 5-17
// of 180, the entry 2.0 % faster".
func soundText(s jaga.Sound) string {
	text := "seconds " + rangesText(s.Query, s.More) + " of " + secondsText(s.QuerySeconds) +
		", of the entry " + rangesText(s.Stored, s.More) + " of " + secondsText(s.StoredSeconds)
	switch p := s.Percent(); {
	case p > 0:
		text += fmt.Sprintf(", the entry %.1f %% faster", p)
	case p < 0:
		text += fmt.Sprintf(", the entry %.1f %% slower", -p)
	}
	return text
}

// maxRangesText is how many parts a line names.
const maxRangesText = 5

func rangesText(list []jaga.Range, more bool) string {
	var out []string
	for i, r := range list {
		if i == maxRangesText {
			more = true
			break
		}
		text := secondsText(r.From)
		if r.To > r.From {
			text += "-" + secondsText(r.To)
		}
		out = append(out, text)
	}
	if more {
		out = append(out, "…")
	}
	return strings.Join(out, ", ")
}

// secondsText has no more decimals than it needs, up to one.
func secondsText(s float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", s), ".0")
}
