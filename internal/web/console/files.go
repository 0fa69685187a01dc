package console

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/jaga-project/jaga"
)

//go:embed static
var staticFiles embed.FS

// files are the style sheet, script and pictures of the pages, each under a
// name that holds its digest, so that browsers may keep them for good.
type files struct {
	byName map[string]file   // "app.0123456789ab.css"
	names  map[string]string // "app.css" to its name with the digest
}

type file struct {
	data []byte
	typ  string
}

func loadFiles() (files, error) {
	f := files{map[string]file{}, map[string]string{}}
	err := fs.WalkDir(staticFiles, "static", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := staticFiles.ReadFile(p)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		base, ext := path.Base(p), path.Ext(p)
		name := strings.TrimSuffix(base, ext) + "." + hex.EncodeToString(sum[:6]) + ext
		typ := map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}[ext]
		if typ == "" {
			typ = mime.TypeByExtension(ext)
		}
		f.byName[name], f.names[base] = file{data, typ}, name
		return nil
	})
	return f, err
}

// parts lists the files of a kind: the one that every page begins with, app,
// and then those of parts of the console.
func (f files) parts(ext string) []string {
	var out []string
	for name := range f.names {
		if path.Ext(name) == ext && name != "app"+ext {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return append([]string{"app" + ext}, out...)
}

func (c *console) static(w http.ResponseWriter, r *http.Request) error {
	f, ok := c.files.byName[r.PathValue("name")]
	if !ok {
		return jaga.Errorf(jaga.CodeNotFound, "there is no such file")
	}
	w.Header().Set("Content-Type", f.typ)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Del("Vary")
	_, err := w.Write(f.data)
	if err != nil {
		return nil // the reader has gone
	}
	return nil
}
