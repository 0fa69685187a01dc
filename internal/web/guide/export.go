package guide

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// What stands beside the pages for the people who put them on a web host.
//
//go:embed install
var installTexts embed.FS

// SumsFile lists the SHA-256 of all files of an export, in the form that
// sha256sum reads.
const SumsFile = "SHA256SUMS"

// File is one file of an export.
type File struct {
	Name string // with slashes, below the folder of the export
	Data []byte

	program bool // compiled, and kept compressed
}

// Export makes the guide as files that work on any web host, below any
// address, and from a stick. The same texts give the same bytes, until a day
// comes on which one of their facts is old. The order is that in which to write
// them, so that no page is there before what it needs: SumsFile, which says
// that all are there, is last.
//
// An error names all texts that break the rules, and all links that lead
// nowhere.
func (g *Guide) Export() ([]File, error) {
	if faults := g.Check(g.now()); len(faults) > 0 {
		return nil, fmt.Errorf("export the guide: %w", errors.Join(faults...))
	}
	pages, err := g.files(true)
	if err != nil {
		return nil, fmt.Errorf("export the guide: %w", err)
	}
	worker, _, err := g.workerWith(kept(pages))
	if err != nil {
		return nil, fmt.Errorf("export the guide: %w", err)
	}
	var out []File
	for _, ofPages := range []bool{false, true} { // what pages use comes before them
		for _, f := range pages {
			if (f.page.Kind != "") == ofPages {
				out = append(out, File{Name: f.name, Data: f.data, program: f.asset != nil && f.asset.brotli != nil})
			}
		}
	}
	out = append(out, File{Name: strings.TrimPrefix(workerFile, "/"), Data: worker})
	texts, err := installTexts.ReadDir("install")
	if err != nil {
		return nil, fmt.Errorf("export the guide: %w", err)
	}
	for _, f := range texts {
		data, err := installTexts.ReadFile("install/" + f.Name())
		if err != nil {
			return nil, fmt.Errorf("export the guide: %w", err)
		}
		data = bytes.ReplaceAll(data, []byte("{DAY}"), []byte(g.newest()))
		out = append(out, File{Name: f.Name(), Data: data})
	}
	if faults := checkFiles(out); len(faults) > 0 {
		return nil, fmt.Errorf("export the guide: %w", errors.Join(faults...))
	}
	return append(out, File{Name: SumsFile, Data: sums(out)}), nil
}

// newest is the last day on which a person looked at a fact of the guide.
func (g *Guide) newest() string {
	day := ""
	for _, r := range g.help.Row {
		day = max(day, r.Read, r.Checked)
	}
	for _, c := range g.laws {
		day = max(day, c.Dated)
	}
	return day
}

// sums is SumsFile for other files.
func sums(files []File) []byte {
	list := slices.Clone(files)
	slices.SortFunc(list, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	var b bytes.Buffer
	for _, f := range list {
		sum := sha256.Sum256(f.Data)
		fmt.Fprintf(&b, "%s  %s\n", hex.EncodeToString(sum[:]), f.Name)
	}
	return b.Bytes()
}
