package guide

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// A reader may keep the guide on a phone and read it without a network. It is
// never kept unless a reader asks for it, because others may hold the phone.

const (
	// keepPage is the page on which a reader asks for that, and ends it. Its
	// name tells nothing to somebody who sees the address.
	keepPage = "off"
	// workerFile is the service worker. Its address cannot change: browsers
	// ask for it again to learn whether there is something new.
	workerFile = "/sw.js"
	// manifestFile says how the guide looks on a home screen.
	manifestFile = "manifest.webmanifest"
)

// away is what a phone keeps, made once a day: pages say how old a fact is.
type away struct {
	code []byte // of the service worker, without its list of files
	// weight is found when a page first says it: every page is made for it.
	weight func() (weight, error)

	mu     sync.Mutex
	day    string
	worker asset
	tag    string
}

// weight is about what a phone needs, in bytes.
type weight struct {
	room int // on the phone
	load int // over the network
}

// loadAway takes the service worker out of the assets, whose address changes,
// and makes the manifest.
func (g *Guide) loadAway() error {
	name := strings.TrimPrefix(workerFile, "/")
	sw, ok := g.assets[name]
	if !ok {
		return fmt.Errorf("no file static/%s", name)
	}
	g.away.code = sw.data
	delete(g.assets, name)
	delete(g.byURL, sw.url)

	data, err := g.manifest()
	if err != nil {
		return err
	}
	m := asset{url: base + "/" + manifestFile, kind: "application/manifest+json", data: data, packed: pack(data), fixed: true}
	g.assets[manifestFile], g.byURL[m.url] = m, m
	return nil
}

// manifest is the web application manifest. Its name and icon tell nothing to
// somebody who looks at the home screen, and its addresses are relative, so
// that it is the same in an export.
func (g *Guide) manifest() ([]byte, error) {
	type icon struct {
		Src     string `json:"src"`
		Sizes   string `json:"sizes"`
		Type    string `json:"type"`
		Purpose string `json:"purpose"`
	}
	var icons []icon
	for _, i := range []icon{{"icon-192.png", "192x192", "image/png", "any maskable"}, {"icon-512.png", "512x512", "image/png", "any maskable"}, {"mark.svg", "any", "image/svg+xml", "any"}} {
		url, err := g.assetURL(i.Src)
		if err != nil {
			return nil, err
		}
		i.Src = strings.TrimPrefix(url, base+"/")
		icons = append(icons, i)
	}
	return json.Marshal(struct {
		Name       string `json:"name"`
		Short      string `json:"short_name"`
		ID         string `json:"id"`
		Start      string `json:"start_url"`
		Scope      string `json:"scope"`
		Display    string `json:"display"`
		Theme      string `json:"theme_color"`
		Background string `json:"background_color"`
		Icons      []icon `json:"icons"`
	}{"Jaga", "Jaga", "./", "./", "./", "standalone", "#fcfaf6", "#fcfaf6", icons})
}

// packList names the files that a phone keeps.
type packList struct {
	Version string            `json:"version"`
	Files   map[string]string `json:"files"` // where below the root, and the start of its SHA-256
	Home    map[string]string `json:"home"`  // by language
	Lost    map[string]string `json:"lost"`
}

// kept are those of the files that phones keep: pages that work without a
// server, and what they use.
func kept(files []file) []file {
	uses := map[string]bool{}
	for _, f := range files {
		if f.page.Kind != "" && !f.page.Online {
			for _, name := range f.uses {
				uses[name] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(files), func(f file) bool {
		if f.page.Kind == "" {
			return !uses[f.name]
		}
		return f.page.Online
	})
}

// workerWith is the service worker for a set of files.
func (g *Guide) workerWith(files []file) (data []byte, version string, err error) {
	list := packList{Files: map[string]string{}, Home: map[string]string{}, Lost: map[string]string{}}
	all := sha256.New()
	for _, f := range files {
		sum := digest(f.data)
		list.Files[f.name] = sum
		fmt.Fprintln(all, f.name, sum)
		if f.page.Kind == "home" {
			list.Home[f.page.Lang] = f.name
		}
		if f.page.Name == lostPage {
			list.Lost[f.page.Lang] = f.name
		}
	}
	list.Version = base64.RawURLEncoding.EncodeToString(all.Sum(nil)[:9])
	text, err := json.Marshal(list)
	if err != nil {
		return nil, "", err
	}
	return slices.Concat([]byte("self.pack = "), text, []byte(";\n"), g.away.code), list.Version, nil
}

// digest is the start of a SHA-256 in Base64, long enough that no accident
// makes it the same.
func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return base64.StdEncoding.EncodeToString(sum[:12])
}

// weigh reckons what a phone needs. The page that says it is counted as if it
// were another single page.
func (g *Guide) weigh() (w weight, err error) {
	twin := *g
	twin.away = &away{code: g.away.code, weight: func() (weight, error) { return weight{}, nil }}
	files, err := twin.files(false)
	if err != nil {
		return w, err
	}
	for _, f := range kept(files) {
		w.room += len(f.data)
		w.load += f.wire()
	}
	return w, nil
}

// wire is how many bytes of the file go over the network.
func (f file) wire() int {
	if f.asset != nil {
		return f.asset.wire()
	}
	return transferred(f.data)
}

// transferred is how many bytes of a page go over the network.
func transferred(data []byte) int {
	if packed := pack(data); packed != nil {
		return len(packed)
	}
	return len(data)
}

// serveWorker answers with the service worker. It may fetch, which no page
// may, and so it has a policy of its own.
func (g *Guide) serveWorker(w http.ResponseWriter, r *http.Request) {
	a, tag, err := g.workerOfToday()
	if err != nil { // New has made every page once
		http.Error(w, "this file could not be made", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; connect-src 'self'")
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", a.kind)
	send(w, r, http.StatusOK, a.data, a.packed)
}

func (g *Guide) workerOfToday() (asset, string, error) {
	g.away.mu.Lock()
	defer g.away.mu.Unlock()
	day := g.now().UTC().Format(time.DateOnly)
	if day == g.away.day {
		return g.away.worker, g.away.tag, nil
	}
	files, err := g.files(false)
	if err != nil {
		return asset{}, "", err
	}
	data, _, err := g.workerWith(kept(files))
	if err != nil {
		return asset{}, "", err
	}
	g.away.day, g.away.tag = day, `"`+digest(data)+`"`
	g.away.worker = asset{kind: mediaTypes[".js"], data: data, packed: pack(data)}
	return g.away.worker, g.away.tag, nil
}

// forget answers somebody who wants nothing of the guide left on the phone,
// also where scripts are off: the browser is told to remove what it holds of
// this site, apart from cookies, of which the guide has none.
func (g *Guide) forget(w http.ResponseWriter, r *http.Request, p page) {
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	v := g.view(p)
	v.Data = "gone"
	g.answer(w, r, http.StatusOK, v)
}

// Room says how much room the guide needs on a phone, and Load how much of it
// goes over the network.
func (v *view) Room() (string, error) {
	w, err := v.g.away.weight()
	return v.megabytes(w.room), err
}

// Load see Room.
func (v *view) Load() (string, error) {
	w, err := v.g.away.weight()
	return v.megabytes(w.load), err
}

func (v *view) megabytes(n int) string {
	s := fmt.Sprintf("%.1f MB", float64(n+1<<16)/(1<<20)) // rather more than less
	if v.Lang == "id" {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}
