package chatlook

import (
	"strings"

	"github.com/jaga-project/jaga"
)

// Styles are the parameters of a terminal's "select graphic rendition". The
// sixteen named colours follow the reader's own theme; only the marked words
// bring their own background, so that they stand out in light and dark.
const (
	bold   = "1"
	faint  = "2"
	accent = "36"
	marker = "1;38;5;16;48;5;222"
)

const unknownShape = "▢"

// style puts text in a style, if there are styles.
func (p *Printer) style(sgr, text string) string {
	if !p.o.Colour || text == "" {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

// shape goes with a band's word, so that bands are told apart without colour.
func shape(b jaga.Band) string {
	switch b {
	case jaga.BandUrgent:
		return "◆"
	case jaga.BandReview:
		return "▲"
	case jaga.BandObserve:
		return "○"
	}
	return "·"
}

func (p *Printer) bandStyle(b jaga.Band, text string) string {
	switch b {
	case jaga.BandUrgent:
		return p.style("1;31", text)
	case jaga.BandReview:
		return p.style("1;33", text)
	case jaga.BandObserve:
		return p.style("1;34", text)
	}
	return text
}

// badge is a band as word, shape and colour.
func (p *Printer) badge(b jaga.Band) string {
	return p.bandStyle(b, shape(b)+" "+strings.ToUpper(p.say(bandNames[b])))
}
