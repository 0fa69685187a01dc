package guide_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/jaga-project/jaga/convo/packs"
	"github.com/jaga-project/jaga/internal/browsertest"
	"github.com/jaga-project/jaga/internal/web/guide/engine"
)

const chat = "13/11/2025, 20:01 - Rio: Good match today!\n13/11/2025, 20:02 - Kim: thanks! I'm 13 and new here\n13/11/2025, 20:03 - Rio: Don't tell your mum <b>that</b> we talk.\n13/11/2025, 20:06 - Rio: Are you home alone?\n"

// js evaluates a script that may wait.
func js[T any](b *browser, script string, args ...any) T {
	b.T.Helper()
	return browsertest.Value(b.Browser, chromedp.Evaluate[T](fmt.Sprintf(script, args...), chromedp.EvalAwaitPromise))
}

// paste puts words into the page, as a paste does, and has them looked at.
func (b *browser) paste(text string) {
	b.T.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		b.T.Fatal(err)
	}
	js[bool](b, `(() => { document.getElementById("words").value = %s; document.getElementById("look").click(); return true })()`, quoted)
}

const (
	engineReady = `document.body.dataset.engine === "ready"`
	answerCame  = `!document.getElementById("out").hidden`
	asked       = `!document.getElementById("names").hidden`
)

// requests are the addresses that the page has asked for since they were taken
// last, without those that its policy stopped.
type requests struct {
	mu   sync.Mutex
	list []request
}

type request struct {
	id   network.RequestID
	what string
}

func (r *requests) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, q := range r.list {
		out = append(out, q.what)
	}
	r.list = nil
	return out
}

func (b *browser) record() *requests {
	b.T.Helper()
	r := &requests{}
	if err := chromedp.Listen(b.Ctx, func(ev any) {
		r.mu.Lock()
		defer r.mu.Unlock()
		switch e := ev.(type) {
		case *network.EventRequestWillBeSent:
			r.list = append(r.list, request{e.RequestID, e.Request.Method + " " + e.Request.URL})
		case *network.EventLoadingFailed:
			if e.BlockedReason == network.BlockedReasonCsp {
				r.list = slices.DeleteFunc(r.list, func(q request) bool { return q.id == e.RequestID })
			}
		}
	}); err != nil {
		b.T.Fatal(err)
	}
	return r
}

// TestWordsStayHere records every request from opening the page to the answer,
// cuts the network off once the engine is there, and tries from the page and
// from a worker made like its own to reach even our own server.
func TestWordsStayHere(t *testing.T) {
	t.Parallel()
	g := open(t, nil)
	var came atomic.Int64 // requests at the server, from whatever part of the browser
	b := &browser{browsertest.Start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		came.Add(1)
		g.ServeHTTP(w, r)
	})), g}
	b.look(360, 740, "light")
	seen := b.record()
	b.Open("/guide/en/w")
	opened := seen.take()
	for _, r := range opened {
		if strings.Contains(r, b.g.AssetURL("engine.js")) {
			t.Error("the engine comes before anybody wants it")
		}
	}
	b.Run(chromedp.Click(chromedp.CSS("#words")))
	b.until("the engine", engineReady)
	var others []string
	for _, r := range seen.take() {
		// The picture of the tab may come late.
		if r != "GET "+b.Base+b.g.AssetURL("engine.js") && r != "GET "+b.Base+b.g.AssetURL("mark.svg") && !strings.HasPrefix(r, "GET blob:") {
			others = append(others, r)
		}
	}
	if len(others) > 0 {
		t.Errorf("beside the engine it asks for %q", others)
	}
	b.cutOff(true)
	seen.take()
	before := came.Load()
	b.paste(chat)
	b.until("the question who is who", asked)
	js[bool](b, `([...document.querySelectorAll("#names .name")].find(x => x.textContent === "Kim").click(), true)`)
	b.until("the answer", answerCame)
	if got := seen.take(); len(got) > 0 {
		t.Errorf("while it looks at words it asks for %q", got)
	}
	text := js[string](b, `document.getElementById("out").innerText`)
	for _, want := range []string{"look like grooming", firstEN, "keep a secret", "Don't tell your mum <b>that</b> we talk."} {
		if !strings.Contains(text, want) {
			t.Errorf("the answer does not say %q:\n%s", want, text)
		}
	}
	if !js[bool](b, `document.querySelector("#out mark").textContent.length > 3 && !document.querySelector("#out b")`) {
		t.Error("words are not marked, or are taken for HTML")
	}
	js[bool](b, `(document.getElementById("clear").click(), true)`)
	if js[bool](b, `document.getElementById("words").value !== "" || document.body.innerText.includes("mum") || `+answerCame) {
		t.Error("something is left after clearing")
	}
	b.Clean("the check")
	b.cutOff(false)
	seen.take()
	after := came.Load() - before
	before = came.Load()
	if after != 1 { // the picture with which the test sees that the network is on
		t.Errorf("the server had %d requests during the check", after-1)
	}

	const probe = `const tries = {
		fetch: () => fetch(base + "/guide/en"),
		xhr: () => new Promise((ok, no) => { const x = new XMLHttpRequest(); x.onload = ok; x.onerror = no; x.open("GET", base + "/guide/en"); x.send() }),
		socket: () => new Promise((ok, no) => { const s = new WebSocket(base.replace("http", "ws") + "/guide/en"); s.onopen = ok; s.onerror = no }),
		events: () => new Promise((ok, no) => { const s = new EventSource(base + "/guide/en"); s.onopen = ok; s.onerror = no }),
		beacon: async () => { if (!self.navigator.sendBeacon || !navigator.sendBeacon(base + "/guide/en", "x")) throw 0 },
		image: () => new Promise((ok, no) => { const i = new Image(); i.onload = ok; i.onerror = no; i.src = "https://example.org/x.png" }),
	};
	const through = async () => { const out = []; for (const k of Object.keys(tries)) { try { await tries[k](); out.push(k) } catch (e) {} } return out };`
	seen.take()
	page := js[[]string](b, `(async () => { const base = %q; %s return await through() })()`, b.Base, probe)
	worker := js[[]string](b, `new Promise(done => { const w = new Worker(URL.createObjectURL(new Blob([%q])));
		w.onmessage = e => done(e.data) })`, "const base = '"+b.Base+"'; "+probe+" through().then(x => postMessage(x))")
	// A beacon that the policy stops is not told to the page, so that the log of
	// requests has to tell.
	time.Sleep(500 * time.Millisecond) // for the last of them
	if n := came.Load() - before; n > 0 {
		t.Errorf("the policy lets %d requests through to the server", n)
	}
	for _, r := range seen.take() {
		if !strings.Contains(r, "blob:") {
			t.Errorf("the policy lets through: %s", r)
		}
	}
	for _, k := range append(page, worker...) {
		if k != "beacon" {
			t.Errorf("the policy lets through: %s", k)
		}
	}
}

// cutOff takes the network away from the page, and looks whether it is gone.
func (b *browser) cutOff(off bool) {
	b.T.Helper()
	p := network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{
		{Offline: off, DownloadThroughput: -1, UploadThroughput: -1},
	}}
	if _, err := chromedp.Call(b.Ctx, network.EmulateNetworkConditionsByRule, p); err != nil {
		b.T.Fatal(err)
	}
	// The network is off when a picture of the guide itself does not come.
	if js[bool](b, `new Promise(done => { const i = new Image(); i.onload = () => done(false); i.onerror = () => done(true); i.src = %q })`,
		fmt.Sprint(b.g.AssetURL("mark.svg"), "?", time.Now().UnixNano())) != off {
		b.T.Errorf("the network is not as wanted: off is %v", off)
	}
}

// TestWordsGolden compares what the engine answers in the browser with what it
// answers here.
func TestWordsGolden(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	core, err := packs.Core()
	if err != nil {
		t.Fatal(err)
	}
	var compact [][]byte
	for _, p := range core {
		compact = append(compact, p.AppendCompact(nil))
	}
	e, err := engine.New(compact...)
	if err != nil {
		t.Fatal(err)
	}
	b.Open("/guide/en/w")
	js[bool](b, `new Promise(done => { const s = document.createElement("script"); s.src = document.getElementById("ask").dataset.engine;
		s.onload = () => { const w = self.probe = new Worker(URL.createObjectURL(new Blob([jagaEngine.worker])));
			w.onmessage = e => done(!!e.data.ready); w.postMessage({ wasm: jagaEngine.wasm, packs: jagaEngine.packs }) }; document.head.append(s) })`)
	texts := []string{chat, "Jangan bilang mama ya, ini rahasia kita.", "I have your picture. Pay me or I send it to all your friends.", "ＤＯＮ'Ｔ t3ll your mum", "é\u0301 d\u200bon't tell your mum ﬁ", "Привет", "\x00", "i want to kill myself tonight"}
	list, err := os.ReadFile("../../../convo/packs/testdata/heldout-id.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(list)) {
		var it struct {
			Text string `json:"text"`
		}
		if err := json.Unmarshal([]byte(line), &it); err != nil {
			t.Fatal(err)
		}
		if n++; n%8 == 0 {
			texts = append(texts, it.Text)
		}
	}
	type answer struct {
		Names, Forms []string
		Signs        []struct {
			Key    string
			Quotes [][]string
		}
		Crisis, Empty, Short, Cut, Hard, Foreign bool
	}
	for _, text := range texts {
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		got := js[answer](b, `new Promise(done => { probe.onmessage = e => done(e.data); probe.postMessage({ text: %s, asked: true, child: "Kim" }) })`, quoted)
		a := e.Look(text, engine.Who{Asked: true, Child: "Kim"})
		var want answer
		want.Crisis, want.Empty, want.Short, want.Cut, want.Hard, want.Foreign = a.Crisis, a.Empty, a.Short, a.Cut, a.Hard, a.Foreign
		for _, f := range a.Forms {
			want.Forms = append(want.Forms, string(f))
		}
		for _, s := range a.Signs {
			one := struct {
				Key    string
				Quotes [][]string
			}{Key: s.Key}
			for _, q := range s.Quotes {
				one.Quotes = append(one.Quotes, []string{q.Before, q.Words, q.Behind})
			}
			want.Signs = append(want.Signs, one)
		}
		if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
			t.Errorf("%q in the browser: %s, here: %s", text, g, w)
		}
	}
	// Exports in JSON become lines in the worker.
	for _, export := range []string{
		`{"name":"x","type":"personal_chat","id":1,"messages":[{"from":"Rio","text":"Don't tell your mum that we talk."},{"from":"Kim","text":[{"type":"bold","text":"ok im 13"}]},{"from":"Rio","text":"Are you home alone?"}]}`,
		`{"guild":{},"messages":[{"author":{"name":"Rio"},"content":"Don't tell your mum that we talk."},{"author":{"name":"Kim"},"content":"ok im 13"},{"author":{"name":"Rio"},"content":"Are you home alone?"}]}`,
		`{"participants":[{"name":"Rio"},{"name":"Kim"}],"messages":[{"sender_name":"Rio","timestamp_ms":3,"content":"Are you home alone?"},{"sender_name":"Kim","timestamp_ms":2,"content":"ok im 13"},{"sender_name":"Rio","timestamp_ms":1,"content":"Don't tell your mum that we talk."}]}`,
	} {
		quoted, _ := json.Marshal(export)
		got := js[answer](b, `new Promise(done => { probe.onmessage = e => done(e.data); probe.postMessage({ text: %s, asked: true, child: "Kim" }) })`, quoted)
		if !slices.Equal(got.Forms, []string{"grooming"}) {
			t.Errorf("%.40s: %+v", export, got)
		}
	}
	b.Clean("golden")
}

// TestWordsTime measures from opening the page to the answer, as it is and with
// a processor of a sixth of the speed. Only far too slow is a failure: the
// machine of a test has other work.
func TestWordsTime(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{1, 6} {
		b := startBrowser(t)
		b.look(360, 740, "light")
		if _, err := chromedp.Call(b.Ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: rate}); err != nil {
			t.Fatal(err)
		}
		b.Open("/guide/en/w")
		began := time.Now()
		b.paste("Don't tell your mum that we talk. Are you home alone?")
		b.until("the answer", answerCame)
		first := time.Since(began)
		began = time.Now()
		b.paste("I have your picture. Pay me or I send it to all your friends.")
		b.until("the answer", `document.getElementById("out").innerText.includes("sextortion")`)
		t.Logf("processor at 1/%v: first answer %v after the tap, next %v", rate, first.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
		if first > 45*time.Second {
			t.Errorf("the first answer takes %v", first)
		}
	}
}

// TestWordsLook looks at the answers with axe, on the smallest phone and a wide
// screen, in both languages and themes, and goes through the page by keyboard.
func TestWordsLook(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("../console/testdata/third_party/axe-core/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	b := startBrowser(t)
	for i, c := range []struct {
		lang, theme string
		width       int64
		who, text   string
		want, lack  string
	}{
		{"en", "light", 320, "child", "I have your picture. Pay me or I send it to all your friends.", "sextortion", "First of all"},
		{"id", "dark", 320, "teen", "aku mau bunuh diri malam ini", "Yang paling penting dulu", "grooming"},
		{"id", "light", 1280, "parent", "Jangan bilang mama ya, ini rahasia kita.", "rahasia kita", "Yang paling penting dulu"},
		{"en", "dark", 1280, "teacher", "See you at practice on Sunday, bring a shirt.", "That does not mean that it is fine.", "Why we say this"},
		{"en", "light", 320, "friend", "Привет, как твои дела сегодня", "letters that we can’t read", "sextortion"},
	} {
		b.look(c.width, 640, c.theme)
		b.Open("/guide/" + c.lang + "/w")
		js[bool](b, `(document.getElementById("who").value = %q, true)`, c.who)
		b.paste(c.text)
		b.until("the answer", answerCame)
		text := js[string](b, `document.getElementById("out").innerText`)
		if !strings.Contains(text, c.want) || strings.Contains(text, c.lack) {
			t.Errorf("%d: it does not say %q, or says %q:\n%s", i, c.want, c.lack, text)
		}
		if js[string](b, `document.activeElement.tagName`) != "H2" {
			t.Errorf("%d: the focus is not on the answer", i)
		}
		for _, href := range js[[]string](b, `[...document.querySelectorAll("#out .links a")].filter(a => a.offsetParent).map(a => a.getAttribute("href"))`) {
			if letter := map[string]string{"child": "k", "teen": "t", "parent": "p", "teacher": "e", "friend": "f"}[c.who]; !strings.HasPrefix(href, "/guide/"+c.lang+"/"+letter) {
				t.Errorf("%d: %s is for another reader", i, href)
			}
		}
		if over := js[int](b, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
			t.Errorf("%d: %d pixels too wide", i, over)
		}
		for _, small := range js[[]string](b, `[...document.querySelectorAll("main button, main select, main .btn, main .links a")].filter(a => a.offsetParent && a.offsetHeight < 48).map(a => a.textContent)`) {
			t.Errorf("%d: %q is a small target", i, small)
		}
		b.Run(chromedp.Evaluate[chromedp.Void](string(axe)))
		for _, v := range js[[]string](b, `axe.run(document, { resultTypes: ["violations"] }).then(r =>
			r.passes.length < 10 ? ["axe looked at next to nothing"] : r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.target.join(" ") + " " + n.failureSummary)))`) {
			t.Errorf("%d: %s", i, v)
		}
	}
	b.look(320, 640, "light")
	b.Open("/guide/en/w")
	b.tabTo(`el.id === "who"`)
	b.tabTo(`el.id === "words"`)
	b.Run(chromedp.KeyEvent("dont tell your mum"))
	b.tabTo(`el.id === "look"`)
	b.press(kb.Enter)
	b.until("the answer", answerCame)
	b.press(kb.Tab)
	b.Clean("by keyboard")
}

// TestWordsBroken: without a script, with an engine that does not come or does
// not start, there is a way to people.
func TestWordsBroken(t *testing.T) {
	t.Parallel()
	g := open(t, nil)
	if body := get(t, g, "/guide/en/w"); !strings.Contains(body, "<noscript>") || !strings.Contains(body, `id="ask" data-engine="/guide/`) {
		t.Error("without JavaScript the page does not say what it needs")
	}
	for name, script := range map[string]string{
		"missing": "", "empty": ";", "no program": `self.jagaEngine={worker:"onmessage=()=>postMessage({bad:1})",wasm:"",packs:[]};`,
		"no worker": `self.jagaEngine={worker:"(",wasm:"",packs:[]};`,
	} {
		b := browsertest.Start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != g.AssetURL("engine.js") {
				g.ServeHTTP(w, r)
			} else if script == "" {
				http.NotFound(w, r)
			} else {
				w.Header().Set("Content-Type", "text/javascript")
				_, _ = io.WriteString(w, script)
			}
		}))
		w := &browser{b, g}
		w.Open("/guide/en/w")
		w.paste("dont tell your mum")
		w.until(name+": the way to people", `document.getElementById("old").offsetParent && document.querySelector("#old a[href='/guide/en/help']")`)
	}
}

// TestEngineFile: the engine is small, the same for browsers that know no
// Brotli, and kept by browsers.
func TestEngineFile(t *testing.T) {
	t.Parallel()
	g := open(t, nil)
	ask := func(accept string) (*httptest.ResponseRecorder, []byte) {
		r := httptest.NewRequest("GET", g.AssetURL("engine.js"), nil)
		r.Header.Set("Accept-Encoding", accept)
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		return w, w.Body.Bytes()
	}
	w, small := ask("gzip, deflate, br")
	if w.Code != 200 || w.Header().Get("Content-Encoding") != "br" || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Fatalf("%d, %v", w.Code, w.Header())
	}
	if len(small) > 1<<20 {
		t.Errorf("%d bytes, want at most a megabyte", len(small))
	}
	whole, err := io.ReadAll(brotli.NewReader(strings.NewReader(string(small))))
	if err != nil {
		t.Fatal(err)
	}
	_, plain := ask("")
	if string(plain) != string(whole) {
		t.Error("browsers that know no Brotli get something else")
	}
	if head, _, _ := strings.Cut(string(whole), "self.jagaEngine"); !strings.Contains(head, "scripts/guideengine") {
		t.Errorf("it begins with %.80q", whole)
	}
	if !strings.Contains(string(whole[:4000]), "The Go Authors") {
		t.Error("the notice of the Go project is missing")
	}
	w, packed := ask("gzip")
	t.Logf("engine.js: %d bytes, Brotli %d, gzip %d (%s)", len(whole), len(small), len(packed), w.Header().Get("Content-Encoding"))
}
