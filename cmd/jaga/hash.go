package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/listfmt"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/vpdq"
)

// hashed is what `jaga hash --json` prints for one file.
type hashed struct {
	File    string        `json:"file"`
	Type    string        `json:"type,omitempty"` // media type, from the content
	Bytes   int64         `json:"bytes"`
	Width   int           `json:"width,omitempty"`
	Height  int           `json:"height,omitempty"`
	Signals []jaga.Signal `json:"signals"`
	Skipped []jaga.Skip   `json:"skipped"`

	sound *media.SoundFacts
}

func (a *app) hashCmd() *cobra.Command {
	var rotations, asCSV, asFrames, asFingerprint, track bool
	every := 1.0
	cmd := &cobra.Command{
		Use:   "hash FILE...",
		Short: "Print the hashes of files",
		Long: `Print the hashes of files: MD5, SHA-1, SHA-256, for pictures PDQ with its
quality from 0 to 100, for films the digest of the PDQ hashes of their frames,
and for sound the digest of its fingerprint. A PDQ hash below quality 50 says too
little to compare with, and so does sound with less detail than 40 of 100. The
name - reads standard input.

With --frames, the hashes of a film's frames are printed instead, one a line as
the reference's tool for vPDQ writes them.

With --fingerprint, the fingerprint of a file's sound is printed instead, as
fpcalc prints it.

With --csv, what is printed is a hash list, which jaga scan --list and jaga
bank import read; the name of the file is the note of each hash. The sound of
films is left out unless --sound is given: such an entry matches every film with
the same music.

Exit status: 3 when a file could not be hashed in full, and the reason is
printed; 1 when a file could not be read.`,
		Example: "  jaga hash --json photo.jpg",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if asFrames && (a.json || asCSV || rotations || len(args) != 1) {
				return &usageError{errors.New("--frames stands alone, and takes one file")}
			}
			if asFingerprint && (a.json || asCSV || asFrames || rotations || len(args) != 1) {
				return &usageError{errors.New("--fingerprint stands alone, and takes one file")}
			}
			if track && !asCSV {
				return &usageError{errors.New("--sound goes with --csv")}
			}
			if every < 0 || every > 86400 {
				return &usageError{fmt.Errorf("--every %g is not within 0 and 86400", every)}
			}
			if asCSV && (a.json || rotations) {
				return &usageError{errors.New("--csv stands alone: a list holds pictures as they are")}
			}
			if err := a.load(); err != nil {
				return err
			}
			if asFrames {
				return a.printFrames(cmd.Context(), args[0], every)
			}
			if asFingerprint {
				return a.printFingerprint(cmd.Context(), args[0])
			}
			var list *listfmt.Writer
			if asCSV {
				w, err := listfmt.NewWriter(a.Out, listfmt.CSV)
				if err != nil {
					return err
				}
				list = w
			}
			var all []hashed
			complete := true
			for _, name := range args {
				h, err := a.hashFile(cmd.Context(), name, media.Options{Rotations: rotations, Every: everyOf(every)}, track || !asCSV)
				if err != nil {
					return err
				}
				complete = complete && len(h.Skipped) == 0
				switch {
				case a.json:
					all = append(all, h)
				case asCSV:
					err = a.addTo(list, h)
				default:
					err = h.print(a.Out)
				}
				if err != nil {
					return err
				}
			}
			if asCSV {
				if err := list.Flush(); err != nil {
					return fmt.Errorf("write list: %w", err)
				}
			}
			if a.json {
				var v any = all
				if len(all) == 1 {
					v = all[0]
				}
				if err := a.printJSON(v); err != nil {
					return err
				}
			}
			if !complete {
				return statusError(exitNotChecked)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&rotations, "rotations", false, "also print the hashes of the turned and mirrored picture")
	cmd.Flags().BoolVar(&asCSV, "csv", false, "print a hash list")
	cmd.Flags().BoolVar(&asFrames, "frames", false, "print the hashes of a film's frames")
	cmd.Flags().BoolVar(&asFingerprint, "fingerprint", false, "print the fingerprint of a file's sound")
	cmd.Flags().BoolVar(&track, "sound", false, "with --csv, list the sound of films, too")
	cmd.Flags().Float64Var(&every, "every", every, "of films, hash one frame in so many `SECONDS`; 0 is every frame")
	return cmd
}

// addTo writes the hashes that are good for a list, and says what is missing.
func (a *app) addTo(list *listfmt.Writer, h hashed) error {
	for _, s := range h.Skipped {
		a.notef("%s: no %s hash: %s", printable(h.File), s.Detector, skipText(s))
	}
	for _, s := range h.Signals {
		if !media.Tells(s) {
			continue
		}
		v, err := engine.ParseSignal(s)
		if err != nil {
			return err
		}
		if err := list.Write(&listfmt.Row{Type: v.Type, Value: v.Bytes, Frames: v.Frames, Words: v.Words, Note: filepath.Base(h.File)}); err != nil {
			return fmt.Errorf("write list: %w", err)
		}
	}
	return nil
}

// hashFile measures a file; track says that the sound of a film is wanted.
func (a *app) hashFile(ctx context.Context, name string, opts media.Options, track bool) (hashed, error) {
	m, err := a.measure(ctx, name, opts)
	if err != nil {
		return hashed{}, err
	}
	if !track {
		m = m.WithoutTrack()
	}
	return hashed{
		File: name, Type: string(m.Type), Bytes: m.Bytes, Width: m.Width, Height: m.Height,
		Signals: orEmpty(m.Signals), Skipped: orEmpty(m.Skipped), sound: m.Sound,
	}, nil
}

// measure reads the file, or standard input for "-".
func (a *app) measure(ctx context.Context, name string, opts media.Options) (media.Measured, error) {
	var r io.Reader = a.In
	if name != "-" {
		f, err := openRegular(name)
		if err != nil {
			return media.Measured{}, err
		}
		defer f.Close()
		r = f
	}
	m, err := a.decoder(1).Measure(ctx, r, opts)
	if err != nil {
		return m, errorf(jaga.CodeUnavailable, "", "%s: %w", name, err)
	}
	return m, nil
}

// everyOf is how media says how much of a film is hashed.
func everyOf(seconds float64) time.Duration {
	if seconds == 0 {
		return -1
	}
	return time.Duration(seconds * float64(time.Second))
}

// printFrames prints the hashes of a film's frames.
func (a *app) printFrames(ctx context.Context, name string, every float64) error {
	m, err := a.measure(ctx, name, media.Options{Every: everyOf(every), Deaf: true})
	if err != nil {
		return err
	}
	m = m.WithoutTrack()
	for _, s := range m.Skipped {
		a.notef("%s: %s", printable(name), skipText(s))
	}
	v, ok := framesOf(m.Signals)
	if ok {
		if err := v.WriteText(a.Out); err != nil {
			return err
		}
	}
	if !ok && len(m.Skipped) == 0 {
		return errorf(jaga.CodeInvalid, "", "%s is no film", printable(name))
	}
	if len(m.Skipped) > 0 {
		return statusError(exitNotChecked)
	}
	return nil
}

// printFingerprint prints the fingerprint of a file's sound.
func (a *app) printFingerprint(ctx context.Context, name string) error {
	m, err := a.measure(ctx, name, media.Options{})
	if err != nil {
		return err
	}
	words, whole := "", true
	for _, s := range m.Signals {
		if s.Type == jaga.Chromaprint {
			words = s.Words
		}
	}
	for _, s := range m.Skipped {
		if s.Detector == jaga.DetectorSound {
			a.notef("%s: %s", printable(name), skipText(s))
			whole = false
		}
	}
	switch {
	case words != "":
		if _, err := fmt.Fprintf(a.Out, "DURATION=%d\nFINGERPRINT=%s\n", int(m.Sound.Duration.Seconds()), words); err != nil {
			return err
		}
	case whole:
		return errorf(jaga.CodeInvalid, "", "%s has no sound", printable(name))
	}
	if !whole {
		return statusError(exitNotChecked)
	}
	return nil
}

// framesOf returns the frames of a film that was measured.
func framesOf(signals []jaga.Signal) (vpdq.Video, bool) {
	for _, s := range signals {
		if s.Type == jaga.VPDQ {
			v, err := vpdq.ParseBinary([]byte(s.Frames))
			return v, err == nil
		}
	}
	return nil, false
}

// openRegular opens a file for reading. Pipes and devices are refused before
// they are opened, for they may never end or never begin.
func openRegular(name string) (*os.File, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, errorf(jaga.CodeNotFound, "", "read file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, errorf(jaga.CodeInvalid, "name a file", "read file: %s is no regular file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, errorf(jaga.CodeNotFound, "", "read file: %w", err)
	}
	return f, nil
}

func (h hashed) print(w io.Writer) error {
	kind := h.Type
	if kind == "" {
		kind = "unknown type"
	}
	size := fmt.Sprintf("%d bytes", h.Bytes)
	if h.Width > 0 {
		size += fmt.Sprintf(", %d x %d", h.Width, h.Height)
	}
	if _, err := fmt.Fprintf(w, "%s (%s, %s)\n", printable(h.File), kind, size); err != nil {
		return err
	}
	for _, s := range h.Signals {
		extra := ""
		if s.Type == jaga.PDQ {
			extra = fmt.Sprintf("  quality %d", s.Quality)
			if s.Variant != "" {
				extra = "  " + s.Variant
			}
		}
		if v, err := vpdq.ParseBinary([]byte(s.Frames)); s.Type == jaga.VPDQ && err == nil {
			extra = fmt.Sprintf("  %d frames to second %s", len(v), secondsText(v.Seconds()))
		}
		if s.Type == jaga.Chromaprint && h.sound != nil {
			extra = fmt.Sprintf("  %s seconds, detail %d", secondsText(h.sound.Duration.Seconds()), s.Quality)
		}
		if _, err := fmt.Fprintf(w, "  %-7s %s%s\n", s.Type, s.Value, extra); err != nil {
			return err
		}
	}
	for _, s := range h.Skipped {
		if _, err := fmt.Fprintf(w, "  %-7s not measured: %s\n", s.Detector, skipText(s)); err != nil {
			return err
		}
	}
	return nil
}
