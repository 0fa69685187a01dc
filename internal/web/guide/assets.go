package guide

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

// asset is a file that pages use. Its address changes with what is in it, so
// that browsers may keep it.
type asset struct {
	url, kind    string
	data, packed []byte        // packed by gzip, or nil where that does not pay
	fixed        bool          // has an address that stays, so browsers ask for it anew
	brotli       []byte        // as it is kept, of a file that is kept compressed
	gzip         func() []byte // packs such a file for browsers that take no Brotli
}

// mediaTypes are the media types of assets by the end of their name.
var mediaTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml",
	".js":  "text/javascript; charset=utf-8",
	".png": "image/png",
}

// loadAssets reads all files of static/.
func (g *Guide) loadAssets() error {
	g.assets, g.byURL = map[string]asset{}, map[string]asset{}
	list, err := ownFiles.ReadDir("static")
	if err != nil {
		return err
	}
	for _, f := range list {
		data, err := ownFiles.ReadFile("static/" + f.Name())
		if err != nil {
			return err
		}
		if name, compressed := strings.CutSuffix(f.Name(), ".br"); compressed {
			err = g.addCompressed(name, data)
		} else {
			if path.Ext(name) == ".js" {
				data = lean(data)
			}
			err = g.addAsset(name, data)
		}
		if err != nil {
			return err
		}
	}
	if err := g.addAsset(pictureName, pictureScript()); err != nil {
		return err
	}
	return g.loadAway()
}

// lean leaves out of a script what only its authors read: lines of comment, and
// what stands before the first letter of a line. A text between backticks may
// hold such lines itself, so a script with one is left alone.
func lean(script []byte) []byte {
	if bytes.ContainsRune(script, '`') {
		return script
	}
	var out []byte
	for line := range bytes.Lines(script) {
		line = bytes.TrimLeft(line, " \t")
		if !bytes.HasPrefix(line, []byte("//")) {
			out = append(out, line...)
		}
	}
	return out
}

func (g *Guide) addAsset(name string, data []byte) error {
	kind, ok := mediaTypes[path.Ext(name)]
	if !ok {
		return fmt.Errorf("static/%s: no known kind of file", name)
	}
	level := gzip.BestCompression
	if name == pictureName { // packed already, and then written in base 64: there are no repeats to look for
		level = gzip.HuffmanOnly
	}
	sum := sha256.Sum256(data)
	a := asset{url: base + "/" + hex.EncodeToString(sum[:4]) + path.Ext(name), kind: kind, data: data, packed: packLevel(data, level)}
	g.assets[name], g.byURL[a.url] = a, a
	return nil
}

// addCompressed adds a file that is kept compressed by Brotli.
func (g *Guide) addCompressed(name string, data []byte) error {
	whole, err := io.ReadAll(brotli.NewReader(bytes.NewReader(data)))
	if err != nil {
		return fmt.Errorf("static/%s.br: %w", name, err)
	}
	sum := sha256.Sum256(whole)
	a := asset{url: base + "/" + hex.EncodeToString(sum[:4]) + path.Ext(name), kind: mediaTypes[path.Ext(name)], data: whole, brotli: data,
		gzip: sync.OnceValue(func() []byte { return pack(whole) })}
	g.assets[name], g.byURL[a.url] = a, a
	return nil
}

// wire is how many bytes the file has on the way to a browser of today.
func (a asset) wire() int {
	switch {
	case a.brotli != nil:
		return len(a.brotli)
	case a.packed != nil:
		return len(a.packed)
	}
	return len(a.data)
}

// assetURL is where a file of static/ is found.
func (g *Guide) assetURL(name string) (string, error) {
	a, ok := g.assets[name]
	if !ok {
		return "", fmt.Errorf("no file static/%s", name)
	}
	return a.url, nil
}

func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", a.kind)
	if !a.fixed {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	packed := a.packed
	if a.brotli != nil {
		if strings.Contains(r.Header.Get("Accept-Encoding"), "br") {
			w.Header().Set("Content-Encoding", "br")
			w.Header().Add("Vary", "Accept-Encoding")
			w.Header().Set("Content-Length", fmt.Sprint(len(a.brotli)))
			if r.Method != http.MethodHead {
				_, _ = w.Write(a.brotli) // the reader may have gone
			}
			return
		}
		packed = a.gzip()
	}
	send(w, r, http.StatusOK, a.data, packed)
}

// pack compresses data, or returns nil if it does not get smaller.
func pack(data []byte) []byte { return packLevel(data, gzip.BestCompression) }

func packLevel(data []byte, level int) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, level)
	if err != nil { // no such level
		return nil
	}
	_, _ = z.Write(data) // a buffer takes everything
	_ = z.Close()
	if b.Len() >= len(data) {
		return nil
	}
	return b.Bytes()
}

// send answers with data, packed where the browser takes that. A page that is
// made for one reader is packed here; packed holds what is packed already.
func send(w http.ResponseWriter, r *http.Request, status int, data, packed []byte) {
	h := w.Header()
	h.Add("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		if packed == nil {
			packed = pack(data)
		}
		if packed != nil {
			h.Set("Content-Encoding", "gzip")
			data = packed
		}
	}
	h.Set("Content-Length", fmt.Sprint(len(data)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(data) // the reader may have gone
	}
}
