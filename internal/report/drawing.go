// Package report writes pages of measurements: prose with tables, and plots.
package report

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
)

// style holds the colours of the project, light and dark: the reader's system
// decides, also where the picture stands in somebody else's page.
const style = `
text{font-family:system-ui,"Noto Sans",sans-serif;font-size:13px;fill:#4a5666}
.t{font-size:17px;font-weight:600;letter-spacing:-.01em;fill:#1b2737}
.g{font-weight:600;fill:#1b2737}
.n{font-variant-numeric:tabular-nums}
.ink{fill:#1b2737}.accent{fill:#00696f}.review{fill:#8a5100}
.paper{fill:#fff;stroke:#ddd9d0}
.zone{fill:#d5f2f1}
.bar{fill:#7c8891}.barA{fill:#00696f}.barR{fill:#8a5100}.barI{fill:#1b2737}
.grid{stroke:#ddd9d0}.axis{stroke:#7c8891}.limit{stroke:#00696f;stroke-width:1.5}
.far{stroke:#7c8891;stroke-width:1.5}.most{stroke:#7c8891;stroke-width:5}
.dot{fill:#00696f}.out{fill:#fff;stroke:#8a5100;stroke-width:2.2}
.sI,.sA,.sR,.sO{fill:none;stroke-width:2.2;stroke-linejoin:round;stroke-linecap:round}
.sI{stroke:#1b2737}.sA{stroke:#00696f}.sR{stroke:#8a5100;stroke-dasharray:7 4}.sO{stroke:#365c8c;stroke-dasharray:1.5 4.5}
.observe{fill:#365c8c}
@media(prefers-color-scheme:dark){
text{fill:#b9b4aa}.t,.g,.ink{fill:#eeebe4}.accent{fill:#72d0d0}.review{fill:#f2bd68}.observe{fill:#9bc1f1}
.paper{fill:#161f29;stroke:#2d3642}.zone{fill:#0a3438}
.bar{fill:#748192}.barA{fill:#72d0d0}.barR{fill:#f2bd68}.barI{fill:#eeebe4}
.grid{stroke:#2d3642}.axis{stroke:#748192}.limit{stroke:#72d0d0}
.far,.most{stroke:#748192}.dot{fill:#72d0d0}.out{fill:#161f29;stroke:#f2bd68}
.sI{stroke:#eeebe4}.sA{stroke:#72d0d0}.sR{stroke:#f2bd68}.sO{stroke:#9bc1f1}
}`

// Drawing collects the elements of a picture [Width] pixels wide; String returns
// the whole file. Classes are those of the style above: colours that a reader in
// the dark sees as well.
type Drawing struct {
	Title, About string // what it shows, and how to read it
	Height       float64
	b            strings.Builder
}

// Width is the width of every drawing.
const Width = 720.0

// Num prints a number with at most one decimal, rounded.
func Num(v float64) string {
	return strconv.FormatFloat(float64(int(v*10+0.5))/10, 'f', -1, 64)
}

func esc(s string) string {
	var b strings.Builder
	// A strings.Builder takes every write.
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

// Text writes at a baseline; anchor is start, middle or end.
func (d *Drawing) Text(x, y float64, class, anchor, s string) {
	fmt.Fprintf(&d.b, `<text x="%s" y="%s" class="%s" text-anchor="%s">%s</text>`+"\n", Num(x), Num(y), class, anchor, esc(s))
}

// Line draws from one point to another.
func (d *Drawing) Line(x0, y0, x1, y1 float64, class string) {
	fmt.Fprintf(&d.b, `<path d="M%s %sL%s %s" class="%s"/>`+"\n", Num(x0), Num(y0), Num(x1), Num(y1), class)
}

// Rect fills a rectangle.
func (d *Drawing) Rect(x, y, w, h float64, class string) {
	fmt.Fprintf(&d.b, `<rect x="%s" y="%s" width="%s" height="%s" class="%s"/>`+"\n", Num(x), Num(y), Num(w), Num(h), class)
}

// Dot fills a circle.
func (d *Drawing) Dot(x, y, r float64, class string) {
	fmt.Fprintf(&d.b, `<circle cx="%s" cy="%s" r="%s" class="%s"/>`+"\n", Num(x), Num(y), Num(r), class)
}

// Polyline joins points.
func (d *Drawing) Polyline(class string, points [][2]float64) {
	var p strings.Builder
	for i, q := range points {
		fmt.Fprintf(&p, "%c%s %s", "ML"[min(i, 1)], Num(q[0]), Num(q[1]))
	}
	fmt.Fprintf(&d.b, `<path d="%s" class="%s"/>`+"\n", p.String(), class)
}

// String returns the whole file: the paper, the title and what was drawn.
func (d *Drawing) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%s" height="%s" role="img" aria-labelledby="t d">`+"\n",
		Num(Width), Num(d.Height), Num(Width), Num(d.Height))
	fmt.Fprintf(&out, "<title id=\"t\">%s</title>\n<desc id=\"d\">%s</desc>\n<style>%s\n</style>\n", esc(d.Title), esc(d.About), style)
	fmt.Fprintf(&out, `<rect x=".5" y=".5" width="%s" height="%s" rx="12" class="paper"/>`+"\n", Num(Width-1), Num(d.Height-1))
	fmt.Fprintf(&out, `<text x="24" y="38" class="t">%s</text>`+"\n", esc(d.Title))
	fmt.Fprintf(&out, `<text x="24" y="60">%s</text>`+"\n", esc(d.About))
	out.WriteString(d.b.String())
	out.WriteString("</svg>\n")
	return out.String()
}
