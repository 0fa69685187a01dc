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
	data, packed []byte // packed by gzip, or nil where that does not pay
	// brotli is what is kept of a file that comes compressed, in place of data.
	brotli []byte
	whole  func() ([]byte, error) // it uncompressed
}

// mediaTypes are the media types of assets by the end of their name.
var mediaTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml",
	".js":  "text/javascript; charset=utf-8",
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
		name, compressed := strings.CutSuffix(f.Name(), ".br")
		kind, ok := mediaTypes[path.Ext(name)]
		if !ok {
			return fmt.Errorf("static/%s: no known kind of file", f.Name())
		}
		sum := sha256.Sum256(data)
		a := asset{url: base + "/" + hex.EncodeToString(sum[:4]) + path.Ext(name), kind: kind}
		if compressed {
			a.brotli = data
			a.whole = sync.OnceValues(func() ([]byte, error) { return io.ReadAll(brotli.NewReader(bytes.NewReader(data))) })
		} else {
			a.data, a.packed = data, pack(data)
		}
		g.assets[name], g.byURL[a.url] = a, a
	}
	return nil
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
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	if a.brotli == nil {
		send(w, r, http.StatusOK, a.data, a.packed)
		return
	}
	if strings.Contains(r.Header.Get("Accept-Encoding"), "br") {
		w.Header().Set("Content-Encoding", "br")
		w.Header().Add("Vary", "Accept-Encoding")
		w.Header().Set("Content-Length", fmt.Sprint(len(a.brotli)))
		if r.Method != http.MethodHead {
			_, _ = w.Write(a.brotli) // the reader may have gone
		}
		return
	}
	data, err := a.whole()
	if err != nil { // the build is damaged
		http.Error(w, "this file could not be read", http.StatusInternalServerError)
		return
	}
	send(w, r, http.StatusOK, data, nil)
}

// pack compresses data, or returns nil if it does not get smaller.
func pack(data []byte) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
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
