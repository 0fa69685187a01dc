package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/web/guide"
)

func (a *app) guideCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "guide",
		Short: "Check the guide's texts, and make files of it",
		Long: `Check the texts of the guide, the public pages for children and the adults
around them, and make files of it that work without this program.
docs/guide.md describes the guide.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.guideExportCmd(), a.guideCheckCmd())
	return cmd
}

// openGuide makes the guide with the files of a folder over it; "" is the
// folder of the setting guide.folder, and none where that is empty.
func (a *app) openGuide(folder string) (*guide.Guide, error) {
	if folder == "" {
		if err := a.load(); err != nil {
			return nil, err
		}
		folder = a.cfg.Guide.Folder
	}
	var over fs.FS
	if folder != "" {
		info, err := os.Stat(folder)
		if err == nil && !info.IsDir() {
			err = errorf(jaga.CodeInvalid, "name the folder that holds en/ and id/", "%s is no folder", printable(folder))
		}
		if err == nil {
			_, err = os.ReadDir(folder)
		}
		if err != nil {
			return nil, fmt.Errorf("read the texts of the guide: %w", err)
		}
		over = os.DirFS(folder)
	}
	g, err := guide.New(guide.Options{Overlay: over})
	if err != nil {
		return nil, errorf(jaga.CodeInvalid, "nothing else was checked; docs/guide.md has the form of the texts", "read the texts of the %w", err)
	}
	return g, nil
}

// guideChecked is what guide check tells.
type guideChecked struct {
	Faults  []string       `json:"faults"`
	Reading []guideEase    `json:"reading,omitempty"`
	Weights []guide.Weight `json:"weights,omitempty"`
	Pack    *guide.Pack    `json:"offline,omitempty"`
}

// guideEase is how hard one text is to read, in each language.
type guideEase struct {
	Text    string             `json:"text"`
	Grade   map[string]float64 `json:"grade"`
	Allowed map[string]float64 `json:"allowed"`
}

func (a *app) guideCheckCmd() *cobra.Command {
	table := false
	cmd := &cobra.Command{
		Use:   "check [FOLDER]",
		Short: "Hold the guide's texts to its rules",
		Long: `Hold the texts of the guide to its rules: what may not be said and what must be,
people to tell outside the family, numbers that lead to help, how hard the texts
are to read, links, and files that replace nothing. FOLDER holds files that take
the place of the guide's own by the same name; without it, the folder of the
setting guide.folder is meant, or the texts that come with Jaga.

Every fault is printed, with its file.

Exit status: 0 all rules are kept; 2 a text breaks one; 1 the texts could not be
read, so they were not checked.`,
		Example: "  jaga guide check our-texts\n  jaga guide check --table",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			folder := ""
			if len(args) > 0 {
				folder = args[0]
			}
			g, err := a.openGuide(folder)
			if err != nil {
				return err
			}
			c := guideChecked{Faults: []string{}}
			for _, f := range g.Check(time.Now()) {
				c.Faults = append(c.Faults, f.Error())
			}
			slices.Sort(c.Faults)
			if table {
				c.Reading = guideEases(g)
				weights, pack, err := g.Weigh()
				if err != nil {
					return err
				}
				c.Weights, c.Pack = weights, &pack
			}
			if err := a.printGuideChecked(c); err != nil {
				return fmt.Errorf("write result: %w", err)
			}
			if len(c.Faults) > 0 {
				return statusError(exitFindings)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&table, "table", false, "also print how hard the texts are to read, and what pages weigh")
	return cmd
}

func guideEases(g *guide.Guide) []guideEase {
	var out []guideEase
	en, id := g.Ease("en"), g.Ease("id")
	for _, name := range slices.Sorted(maps.Keys(en)) {
		english, indonesian := guide.Grades(name)
		round := func(x float64) float64 { return float64(int(x*10+100.5))/10 - 10 }
		out = append(out, guideEase{name, map[string]float64{"en": round(en[name].Grade), "id": round(id[name].Grade)}, map[string]float64{"en": english, "id": indonesian}})
	}
	return out
}

func (a *app) printGuideChecked(c guideChecked) error {
	if a.json {
		return a.printJSON(c)
	}
	for _, f := range c.Faults {
		fmt.Fprintln(a.Out, printable(f))
	}
	if c.Pack != nil {
		w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "TEXT\tEN GRADE\tLIMIT\tID GRADE\tLIMIT")
		for _, e := range c.Reading {
			fmt.Fprintf(w, "%s\t%.1f\t%.0f\t%.1f\t%.0f\n", e.Text, e.Grade["en"], e.Allowed["en"], e.Grade["id"], e.Allowed["id"])
		}
		fmt.Fprintln(w, "\nKIND OF PAGE\tHEAVIEST\tPAGE\tWITH ITS FILES\t(bytes, gzip)")
		for _, p := range c.Weights {
			fmt.Fprintf(w, "%s\t%s\t%d\t%d\t\n", p.Kind, p.Path, p.Page, p.First)
		}
		fmt.Fprintf(w, "\nON A PHONE\t%d files\t%d\t%d\t(loaded, stored)\n", c.Pack.Files, c.Pack.Loaded, c.Pack.Stored)
		if err := w.Flush(); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(a.Out, "%s\n", counted(len(c.Faults), "fault"))
	return err
}

// counted is "1 fault" or "2 faults".
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// guideWritten is what guide export tells.
type guideWritten struct {
	Folder  string `json:"folder"`
	Files   int    `json:"files"`
	Bytes   int64  `json:"bytes"`
	Removed int    `json:"removed"` // of an earlier export
	Sums    string `json:"sha256"`  // of the list of all sums: two exports with this sum are the same
}

func (a *app) guideExportCmd() *cobra.Command {
	var folder string
	var force bool
	cmd := &cobra.Command{
		Use:   "export DIR",
		Short: "Make files of the guide for a web host or a USB stick",
		Long: `Write the whole guide into the folder DIR, as files that work on any web host,
below any address, and from a USB stick. They need neither this program nor a
network. README.txt in the folder says what to do with them.

The texts are held to the rules of jaga guide check first; one that breaks a
rule is named, and nothing is written.

DIR is made if it is missing. In a folder with an earlier export, files that are
no longer part of the guide are removed. A folder that holds other files, or an
export that somebody has changed, is refused; with --force other files stay, and
those of the guide are written over.

Each file is written whole or not at all, and SHA256SUMS, which lists them all,
comes last: an export without it is not complete. Run the command again then.`,
		Example: "  jaga guide export public/guide\n  jaga guide export --folder our-texts --force /media/stick",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			g, err := a.openGuide(folder)
			if err != nil {
				return err
			}
			files, err := g.Export()
			if err != nil {
				return errorf(jaga.CodeInvalid, "docs/guide.md has the rules; nothing was written", "%w", err)
			}
			done, err := a.writeExport(cmd.Context(), args[0], files, force)
			if err != nil {
				return fmt.Errorf("export the guide: %w", err)
			}
			if a.json {
				return a.printJSON(done)
			}
			if done.Removed > 0 {
				a.notef("removed %s of an earlier export", counted(done.Removed, "file"))
			}
			_, err = fmt.Fprintf(a.Out, "%s: %d files, %d bytes; the SHA-256 of %s is %s\n", printable(done.Folder), done.Files, done.Bytes, guide.SumsFile, done.Sums)
			if err != nil {
				return fmt.Errorf("write result: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&folder, "folder", "", "take the texts in this `FOLDER` in place of the guide's own (default the setting guide.folder)")
	cmd.Flags().BoolVar(&force, "force", false, "also write into a folder that holds other files")
	return cmd
}

// isSafeName refuses what would lead out of a folder; the list of an earlier
// export is a file that anybody may have written.
func isSafeName(name string) bool {
	return fs.ValidPath(name) && name != "." && !strings.Contains(name, `\`)
}
