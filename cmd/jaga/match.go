package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/chroma"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/pdq"
)

// compared is what `jaga match --json` prints.
type compared struct {
	Verdict   string `json:"verdict"` // same_bytes, match, no_match, not_checked
	Type      string `json:"type,omitempty"`
	Distance  *int   `json:"distance,omitempty"` // PDQ, of the best orientation
	Threshold int    `json:"threshold"`
	Variant   string `json:"variant,omitempty"` // of A, in the best orientation
	// Film says which parts matched, where A, as query, or B, as stored, is a film.
	Film *jaga.Film `json:"film,omitempty"`
	// Sound says which seconds of A, as query, and of B, as stored, are the same.
	Sound *jaga.Sound `json:"sound,omitempty"`
	// Variants are the distances of A, turned and mirrored, to B.
	Variants []variantDistance `json:"variants,omitempty"`
	A        side              `json:"a"`
	B        side              `json:"b"`
	Why      string            `json:"why,omitempty"` // of not_checked
}

type variantDistance struct {
	Variant  string `json:"variant"`
	Distance int    `json:"distance"`
}

// side is one of the two things compared.
type side struct {
	Name    string        `json:"name"`
	Signals []jaga.Signal `json:"signals"`
	Skipped []jaga.Skip   `json:"skipped,omitempty"`
}

func (a *app) matchCmd() *cobra.Command {
	threshold := defaultThreshold
	cmd := &cobra.Command{
		Use:   "match A B",
		Short: "Compare two files or hashes, and say why they match or not",
		Long: `Compare two pictures. Each is a file or the text of a hash: 64 hexadecimal
digits are PDQ, 40 SHA-1, 32 MD5. A is also turned and mirrored, when it is a
file. Films match when half of the frames of one have a frame of the other that
is near enough, and a picture matches a film that has such a frame; the seconds
are printed. Sound matches when five seconds and more of A are in B, also after a
codec and at up to 2 % of wrong speed where A is a file; a fingerprint as fpcalc
prints it may stand for sound.

PDQ hashes of unrelated pictures differ in about 128 of their 256 bits; at most
31 differing bits count as a match.

Exit status: 2 they match; 0 they do not; 3 they could not be compared.`,
		Example: "  jaga match photo.jpg copy.png",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if threshold < 0 || threshold > 256 {
				return &usageError{fmt.Errorf("--threshold %d is not within 0 and 256", threshold)}
			}
			if err := a.load(); err != nil {
				return err
			}
			// B first: A is listened to for what is in B.
			right, err := a.side(cmd.Context(), args[1], media.Options{})
			if err != nil {
				return err
			}
			ear := newSoundEar(right.Signals)
			left, err := a.side(cmd.Context(), args[0], media.Options{Rotations: true, Hear: ear.write})
			if err != nil {
				return err
			}
			c := compare(left, right, threshold, ear)
			if a.json {
				err = a.printJSON(c)
			} else {
				err = a.printCompared(c)
			}
			if err != nil {
				return err
			}
			switch c.Verdict {
			case "same_bytes", "match":
				return statusError(exitFindings)
			case "no_match":
				return nil
			}
			return statusError(exitNotChecked)
		},
	}
	cmd.Flags().IntVar(&threshold, "threshold", defaultThreshold, "largest PDQ `DISTANCE` that matches")
	return cmd
}

// side measures a file, or reads a hash. A name that is both is a file.
func (a *app) side(ctx context.Context, name string, opts media.Options) (side, error) {
	if _, err := os.Stat(name); err != nil && name != "-" {
		if typ, ok := hashText(name); ok {
			v, err := engine.ParseValue(typ, name)
			if err != nil {
				return side{}, errorf(jaga.CodeInvalid, "", "%w", err)
			}
			// A list's hash comes without its quality; whoever made the list
			// vouches for it.
			return side{Name: string(typ), Signals: []jaga.Signal{{Type: typ, Value: v.String(), Words: v.Words, Quality: 100}}}, nil
		}
	}
	m, err := a.measure(ctx, name, opts)
	if err != nil {
		return side{}, err
	}
	return side{Name: name, Signals: m.Signals, Skipped: m.Skipped}, nil
}

// hashText reports whether the text has the form of a hash, and of which type.
func hashText(s string) (jaga.SignalType, bool) {
	if _, err := chroma.Decode(s); err == nil {
		return jaga.Chromaprint, true
	}
	if _, err := hex.DecodeString(s); err != nil {
		return "", false
	}
	switch len(s) {
	case 32:
		return jaga.MD5, true
	case 40:
		return jaga.SHA1, true
	case 64:
		return jaga.PDQ, true
	}
	return "", false
}

// compare says whether A matches B. Equal bytes decide before PDQ; a PDQ hash
// of too low quality decides nothing. Sound decides where pictures do not match, or
// there are none.
func compare(a, b side, threshold int, ear *soundEar) compared {
	c := compared{Verdict: "not_checked", Threshold: threshold, A: a, B: b}
	exact := false
	for _, x := range a.Signals {
		for _, y := range b.Signals {
			if x.Type != y.Type || !x.Type.Exact() {
				continue
			}
			exact = true
			if x.Value == y.Value {
				c.Verdict, c.Type = "same_bytes", string(x.Type)
			}
		}
	}
	low := c.near(a, b)
	if c.Verdict != "same_bytes" && c.films(a, b) {
		c.sounds(ear, a, b)
		return c
	}
	switch {
	case c.Verdict == "same_bytes":
	case low:
		c.Why = fmt.Sprintf("the quality of a picture is below %d", pdq.MinQuality)
	case c.Distance != nil && *c.Distance <= threshold:
		c.Verdict, c.Type = "match", string(jaga.PDQ)
	case c.Distance != nil:
		c.Verdict, c.Type = "no_match", string(jaga.PDQ)
	case len(a.Skipped)+len(b.Skipped) > 0:
		c.Why = skipText(append(slices.Clone(a.Skipped), b.Skipped...)[0])
	case exact:
		c.Why = "the bytes differ, but that says nothing about what they show"
	default:
		c.Why = "there are no two hashes of one type to compare"
	}
	c.sounds(ear, a, b)
	return c
}

// near fills in the PDQ distances and reports whether the quality is too low
// for them to count.
func (c *compared) near(a, b side) (low bool) {
	for _, x := range a.Signals {
		for _, y := range b.Signals {
			if x.Type != jaga.PDQ || y.Type != jaga.PDQ || y.Variant != "" {
				continue
			}
			hx, errx := pdq.ParseHash(x.Value)
			hy, erry := pdq.ParseHash(y.Value)
			if errx != nil || erry != nil {
				continue
			}
			low = low || x.Quality < pdq.MinQuality || y.Quality < pdq.MinQuality
			d := hx.Distance(hy)
			variant := x.Variant
			if variant == "" {
				variant = pdq.Original.String()
			}
			c.Variants = append(c.Variants, variantDistance{variant, d})
			if c.Distance == nil || d < *c.Distance {
				c.Distance, c.Variant = &d, variant
			}
		}
	}
	return low
}

func (a *app) printCompared(c compared) error {
	line := strings.ReplaceAll(c.Verdict, "_", " ")
	switch c.Verdict {
	case "same_bytes":
		line += fmt.Sprintf(": the %s of both is equal", c.Type)
	case "match", "no_match":
		if c.Type == string(jaga.Chromaprint) {
			if line += ": no five seconds of the sound are the same"; c.Sound != nil {
				line = "match: " + soundText(*c.Sound)
			}
		} else if c.Distance != nil {
			line += fmt.Sprintf(": %d of 256 bits differ; up to %d match", *c.Distance, c.Threshold)
		} else {
			line += fmt.Sprintf(": no two frames are within %d of 256 bits", c.Threshold)
		}
		if c.Film != nil {
			if text := filmText(*c.Film); text != "" {
				line += "; " + text
			}
		}
		if c.Sound != nil && c.Type != string(jaga.Chromaprint) {
			line += "; the sound, too: " + soundText(*c.Sound)
		}
	default:
		line += ": " + c.Why
	}
	if _, err := fmt.Fprintln(a.Out, line); err != nil {
		return err
	}
	for _, v := range c.Variants {
		if len(c.Variants) == 1 {
			break
		}
		mark := " "
		if c.Distance != nil && v.Variant == c.Variant {
			mark = "*"
		}
		if _, err := fmt.Fprintf(a.Out, "%s %-11s %3d\n", mark, v.Variant, v.Distance); err != nil {
			return err
		}
	}
	return nil
}

// skipText says a skip in words.
func skipText(s jaga.Skip) string {
	text := strings.ReplaceAll(string(s.Why), "_", " ")
	if s.Detail != "" {
		text += ": " + s.Detail
	}
	return text
}
