//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cdpinput "github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/jaga-project/jaga/internal/browsertest"
)

// TestTour is one working day with the program itself: two people sign in, work
// on what a platform handed in, decide, check each other and verify what was
// recorded. It is read from the top down; tour_data_test.go is what comes in,
// tour_look_test.go what is asked of every page.
//
// JAGA_TOUR=DIR keeps a picture of every step and a page with all of them.
func TestTour(t *testing.T) {
	t.Parallel()
	album := openAlbum(t)
	for _, lang := range []string{"en", "id"} {
		if !t.Run(lang, func(t *testing.T) { walkTour(t, lang, album) }) {
			return
		}
	}
	album.write(t)
}

// tourStep is a step of the day and what stands under its picture.
type tourStep struct {
	name   string
	do     func(*tour)
	en, id string
	phone  bool // the picture is taken on a phone, too
}

func tourSteps() []tourStep {
	return []tourStep{
		{"sign-in", (*tour).openTheFirstLink, "The first start prints a link that works once. It makes nobody sign in by just being opened.", "Saat pertama dijalankan, program mencetak tautan sekali pakai. Membukanya saja belum memasukkan siapa pun.", true},
		{"passkey", (*tour).meetThePasskey, "The first administrator makes a passkey. No password is needed.", "Administrator pertama membuat kunci sandi. Kata sandi tidak diperlukan.", true},
		{"first-steps", (*tour).signInWithThePasskey, "Signed in with the passkey. An empty installation shows what to do first.", "Masuk dengan kunci sandi. Instalasi yang masih kosong menunjukkan langkah pertama.", true},
		{"invite", (*tour).inviteSomebody, "A second person is invited, with a role and a link of their own.", "Orang kedua diundang, dengan peran dan tautan sendiri.", false},
		{"second-person", (*tour).secondPersonSignsIn, "The second person has a passkey of their own, and sees only what the role includes.", "Orang kedua memakai kunci sandinya sendiri, dan hanya melihat yang termasuk perannya.", false},
		{"home", (*tour).seeWhatCameIn, "A platform has handed in pictures, a conversation and a report. Home says what waits for you, what is broken, and what came in.", "Sebuah platform menyerahkan gambar, percakapan, dan laporan. Beranda menunjukkan apa yang menunggu Anda, apa yang rusak, dan apa yang masuk.", true},
		{"queue", (*tour).goThroughTheQueue, "The queue, the most urgent case first, read with the keyboard alone.", "Antrean, kasus paling mendesak lebih dahulu, dibaca dengan papan ketik saja.", true},
		{"take", (*tour).takeTheCase, "Taken with one key: nobody else works on this case now.", "Diambil dengan satu tombol: kini tidak ada orang lain yang mengerjakan kasus ini.", true},
		{"found", (*tour).readWhatWasFound, "What speaks for it, what against, and what was not checked. Unknown is never clean.", "Apa yang mendukung, apa yang menentang, dan apa yang tidak diperiksa. Tidak diketahui tidak pernah berarti bersih.", true},
		{"veil", (*tour).seeOnlyTheVeil, "The file is under a veil. Nothing of it has been sent to the browser.", "Berkas berada di balik tirai. Tidak ada bagian darinya yang dikirim ke peramban.", true},
		{"reveal", (*tour).holdToReveal, "Held for over a second and let go: covered again at once.", "Ditahan lebih dari satu detik lalu dilepas: langsung tertutup lagi.", false},
		{"looked", (*tour).seeThatTheLookIsRecorded, "That somebody looked, and for how long, is in the custody log.", "Bahwa seseorang melihat, dan berapa lama, tercatat di log.", false},
		{"facts", (*tour).stateTheFacts, "Facts are stated once; what every scale makes of them is derived and shown.", "Fakta dinyatakan sekali; kategori di setiap skala diturunkan darinya dan ditampilkan.", true},
		{"decided", (*tour).decide, "Decided. Nothing leaves while it can be taken back.", "Diputuskan. Tidak ada yang keluar selama keputusan masih dapat ditarik.", true},
		{"undone", (*tour).takeItBack, "Taken back within the window: the case is open again.", "Ditarik kembali dalam waktunya: kasus terbuka lagi.", false},
		{"decided-again", (*tour).decideAnew, "Decided again. Now a second person has to look.", "Diputuskan lagi. Sekarang orang kedua harus melihat.", false},
		{"blind", (*tour).reviewBlind, "The second person decides without seeing what the first one said.", "Orang kedua memutuskan tanpa melihat jawaban orang pertama.", true},
		{"agreed", (*tour).agree, "Both said the same, so it stands. Both answers are kept, and it can still be taken back.", "Keduanya memberi jawaban yang sama, jadi keputusan berlaku. Kedua jawaban disimpan, dan keputusan masih dapat ditarik.", true},
		{"hold", (*tour).holdAnotherCase, "Another case waits, with a reason and a day on which it comes back by itself.", "Kasus lain ditahan, dengan alasan dan hari ketika kasus itu kembali dengan sendirinya.", true},
		{"search", (*tour).searchForIt, "Found again by a word of a report. The words themselves are sealed.", "Ditemukan lagi dengan satu kata dari laporan. Kata-katanya sendiri tersegel.", true},
		{"live", (*tour).watchAStream, "A stream while it goes on: what is said and paid, what matches, what was not checked, and who plays which part. No picture of it is shown.", "Siaran selagi berlangsung: yang dikatakan dan dibayar, yang cocok, yang tidak diperiksa, dan siapa berperan apa. Tidak ada gambarnya yang ditampilkan.", true},
		{"custody", (*tour).verifyTheLog, "Every read and write is in the custody log, and the log is whole.", "Setiap pembacaan dan perubahan ada di log, dan log itu utuh.", true},
	}
}

// tour is the day in one language.
type tour struct {
	*person         // who is in front of the screen
	first   *person // the administrator, who also decides
	second  *person // invited
	v       *victim // the program
	lang    string
	album   *album
	token   string // of the first link
	link    string // of the second person
	work    tourWork
	steps   int
	path    string          // of the case that is decided on
	answers string          // what the first person wrote
	english map[string]bool // what no Indonesian page says, of [englishOnly]
}

func walkTour(t *testing.T, lang string, album *album) {
	// Two people see every case, so that the tour does not hang on which cases the
	// share draws; the profiles bring clocks and next steps.
	v := &victim{t: t, data: filepath.Join(t.TempDir(), "data"), environ: []string{"JAGA_CASES_SECOND_PERCENT=100", "JAGA_LAW_PROFILES=us-2258a,id-komdigi"}}
	out, err := v.command("init", "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var made struct {
		SignIn string `json:"sign_in"`
	}
	if err := json.Unmarshal(out, &made); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(made.SignIn)
	if err != nil {
		t.Fatal(err)
	}
	v.start()
	// A browser makes passkeys for names only.
	b := browsertest.StartAt(t, strings.Replace(v.at.URL, "127.0.0.1", "localhost", 1))
	tr := &tour{v: v, lang: lang, album: album, token: u.Query().Get("token")}
	tr.first = newPerson(b, lang)
	tr.second = newPerson(b.Another(), lang)
	tr.person = tr.first
	for _, s := range tourSteps() {
		if !t.Run(s.name, func(t *testing.T) {
			tr.first.T, tr.second.T, v.t = t, t, t
			tr.steps++
			s.do(tr)
			tr.show(s)
		}) {
			break
		}
	}
	tr.first.T, tr.second.T, v.t = t, t, t
	if t.Failed() {
		t.Logf("the server said:\n%s", v.out)
		return
	}
	tr.verifyWithTheCommand()
	v.stop()
}

func (tr *tour) openTheFirstLink() {
	tr.Open("/sign-in?token=" + tr.token)
	tr.until("the link to ask", `document.querySelector(".gate .btn.main") !== null`)
}

func (tr *tour) meetThePasskey() {
	tr.click(".gate .btn.main")
	tr.until("the welcome", `location.pathname === "/welcome" && document.querySelector(passkeyButton) !== null`)
	tr.Run(chromedp.SendKeys(chromedp.CSS("#passkey_name"), "Laptop"))
}

func (tr *tour) signInWithThePasskey() {
	tr.makePasskey()
	tr.signOut()
	tr.signIn()
	tr.at("/")
}

func (tr *tour) inviteSomebody() {
	tr.Open("/people")
	tr.Run(chromedp.SendKeys(chromedp.CSS("#person_name"), "Sari"))
	tr.choose("#role", "senior")
	tr.click("#invite .btn.main")
	tr.until("the link of the second person", `document.querySelector("#link-text") !== null`)
	tr.link = browsertest.Value(tr.Browser, chromedp.Text(chromedp.CSS("#link-text")))
}

func (tr *tour) secondPersonSignsIn() {
	tr.person = tr.second
	u, err := url.Parse(tr.link)
	if err != nil {
		tr.T.Fatal(err)
	}
	tr.Open(u.RequestURI())
	tr.click(".gate .btn.main")
	tr.until("the welcome", `location.pathname === "/welcome" && document.querySelector(passkeyButton) !== null`)
	tr.Run(chromedp.SendKeys(chromedp.CSS("#passkey_name"), "Laptop"))
	tr.makePasskey()
	tr.signOut()
	tr.signIn()
	tr.at("/")
	if tr.script(`[...document.querySelectorAll(".side a")].some(a => a.getAttribute("href") === "/people")`) {
		tr.T.Error("somebody who is no administrator is led to the page of the people")
	}
}

func (tr *tour) seeWhatCameIn() {
	tr.work = tr.handIn()
	tr.path = fmt.Sprintf("/cases/%d", tr.work.pictureCase)
	tr.person = tr.first
	tr.Open("/")
	tr.until("what waits", `document.querySelector("[data-next]") !== null && document.querySelector(".cards .figure") !== null`)
}

func (tr *tour) goThroughTheQueue() {
	tr.press("gq")
	tr.until("the queue", `location.pathname === "/cases" && document.querySelectorAll("[data-row]").length === 3`)
	// The first row, and on until the case of the picture.
	for range 3 {
		tr.press("j")
		if tr.script(fmt.Sprintf(`document.activeElement.getAttribute("href") === %q`, tr.path)) {
			return
		}
	}
	tr.T.Fatalf("j does not lead to %s", tr.path)
}

func (tr *tour) takeTheCase() {
	tr.press(kb.Enter)
	tr.at(tr.path)
	tr.press("t")
	tr.until("the lease", `document.querySelector("[data-lease]") !== null`)
}

func (tr *tour) readWhatWasFound() {
	tr.until("what speaks for it and what was not checked", `document.querySelector("#proof-for + .reasons") !== null && document.querySelector(".unchecked details") !== null`)
	tr.Run(chromedp.Evaluate[chromedp.Void](`document.querySelector(".unchecked details").open = true; document.querySelector("#proof").scrollIntoView()`))
}

func (tr *tour) seeOnlyTheVeil() {
	tr.toTheViewer()
	tr.covered("before anybody looked")
	if !tr.script(lookRequests + ` === 0`) {
		tr.T.Error("something of the file was fetched before anybody held the button")
	}
}

func (tr *tour) holdToReveal() {
	tr.toTheViewer()
	// As it comes: small, grey and blurred.
	tr.hold(cdpinput.DispatchMouseEventTypeMousePressed)
	tr.painted("at first")
	if n := tr.drawn(); n != 0 {
		tr.T.Errorf("%d pixels have the colours of the file, want it grey at first", n)
	}
	tr.keep("held", "Held: it comes small, grey and blurred.", "Ditahan: muncul kecil, kelabu, dan kabur.")
	tr.hold(cdpinput.DispatchMouseEventTypeMouseReleased)
	tr.covered("after letting go")
	// As somebody sets it who has to see it.
	tr.set("blur", "0")
	tr.set("size", "320")
	tr.set("grey", "off")
	tr.holdForOverASecond()
	if n := tr.drawn(); n < 1000 {
		tr.T.Errorf("%d pixels have the colours of the file while it is held, want it shown", n)
	}
	tr.keep("clear", "Held again, with the blur and the grey taken away.", "Ditahan lagi, tanpa kabur dan tanpa kelabu.")
	tr.hold(cdpinput.DispatchMouseEventTypeMouseReleased)
	tr.covered("after letting go again")
}

// holdForOverASecond returns while the button is held. The page tells the server
// every second that it is; a machine that stalls meanwhile ends the look, as it
// must, and then somebody holds again.
func (tr *tour) holdForOverASecond() {
	for range 5 {
		tr.toTheViewer()
		tr.hold(cdpinput.DispatchMouseEventTypeMousePressed)
		tr.painted("without blur")
		tr.Run(chromedp.Evaluate[chromedp.Void](`window.beats = ` + lookBeats))
		tr.until("more than a second", lookBeats+` >= window.beats + 2 || !document.querySelector(".viewer [data-cover]").hidden`)
		if tr.script(`document.querySelector(".viewer [data-cover]").hidden`) {
			return
		}
		tr.hold(cdpinput.DispatchMouseEventTypeMouseReleased)
	}
	tr.T.Fatal("no look lasts for more than a second")
}

// seeThatTheLookIsRecorded opens the newest record of the end of a look.
func (tr *tour) seeThatTheLookIsRecorded() {
	tr.Open("/custody?action=look.end")
	tr.until("the two looks", `document.querySelectorAll("[data-row]").length >= 2`)
	tr.click("[data-row] .row-link")
	tr.until("the record", `[...document.querySelectorAll("dt")].some(dt => dt.title === "clear_ms")`)
	clear := browsertest.Value(tr.Browser, chromedp.Evaluate[int](`Number([...document.querySelectorAll("dt")].find(dt => dt.title === "clear_ms").nextElementSibling.innerText)`))
	if clear < 1000 {
		tr.T.Errorf("it was shown clearly for %d ms, want a second or more: it does not count as viewed", clear)
	}
}

// tourFacts is what both people see in a drawn picture, as names of fields and values.
var tourFacts = [][2]string{{"subject", "real"}, {"age_band", "11-13"}, {"age_confidence", "medium"}, {"activity", "exposure"}}

func (tr *tour) stateTheFacts() {
	tr.Open(tr.path)
	tr.press("f")
	tr.until("the first fact", `document.activeElement.id === "fact-subject"`)
	tr.state()
	tr.until("the scales", `document.querySelectorAll(".decideform #derived .derived > div").length > 3`)
}

func (tr *tour) decide() {
	tr.answers = map[string]string{"en": "The same picture as the entry of the bank.", "id": "Gambar yang sama dengan entri bank."}[tr.lang]
	tr.answer(tr.answers)
	tr.until("the time to undo", `document.querySelector(".undo-bar [data-left]")?.innerText.includes(":")`)
	tr.top()
}

func (tr *tour) takeItBack() {
	tr.press("u")
	tr.until("the case again", `document.querySelector(".undo-bar") === null && document.querySelector(".notice.done") !== null && document.querySelector(".decideform") !== null`)
	tr.top()
}

func (tr *tour) decideAnew() {
	tr.state()
	tr.answer(tr.answers)
	tr.until("the time to undo", `document.querySelector(".undo-bar") !== null`)
	tr.top()
}

func (tr *tour) reviewBlind() {
	tr.person = tr.second
	tr.Open(tr.path)
	tr.press("t")
	tr.until("the form", `document.querySelector("[data-lease]") !== null && document.querySelector(".decideform") !== null`)
	page := browsertest.Value(tr.Browser, chromedp.Evaluate[string](`document.documentElement.outerHTML`))
	for what, secret := range map[string]string{"what the first person wrote": tr.answers, "an answer": `class="answer"`, "the decision in the custody trail": "case.decide"} {
		if strings.Contains(page, secret) {
			tr.T.Errorf("%s is on the page of the second person", what)
		}
	}
	tr.state()
}

func (tr *tour) agree() {
	tr.answer(map[string]string{"en": "I see the same.", "id": "Saya melihat hal yang sama."}[tr.lang])
	tr.until("both answers", `document.querySelectorAll(".answers .answer").length === 2 && document.querySelector(".decideform") === null`)
	if page := browsertest.Value(tr.Browser, chromedp.Text(chromedp.CSS("main"))); !strings.Contains(page, tr.answers) {
		tr.T.Error("the first answer is not shown after the second one was given")
	}
	tr.top()
}

func (tr *tour) holdAnotherCase() {
	tr.Open(fmt.Sprintf("/cases/%d", tr.work.reportCase))
	tr.Run(chromedp.Evaluate[chromedp.Void](`document.querySelector('form[action$="/hold"]').closest("details").open = true`),
		chromedp.SetValue(chromedp.CSS("#case-until"), time.Now().AddDate(0, 0, 7).Format(time.DateOnly)),
		chromedp.SendKeys(chromedp.CSS("#hold-reason"), map[string]string{"en": "The platform was asked for more.", "id": "Platform diminta memberi keterangan tambahan."}[tr.lang]))
	tr.click(`form[action$="/hold"] .btn`)
	tr.until("the hold", `document.querySelector('form[action$="/unhold"]') !== null`)
	tr.top()
}

func (tr *tour) searchForIt() {
	tr.Open("/cases")
	tr.press("/")
	tr.until("the field", `document.activeElement.id === "case-search"`)
	tr.Run(chromedp.SetValue(chromedp.CSS("#case-search"), tr.work.word), chromedp.KeyEvent(kb.Enter))
	tr.until("the one case", fmt.Sprintf(`location.search.includes("q=") && document.querySelectorAll("[data-row]").length === 1 && document.querySelector("[data-row] .row-link").getAttribute("href") === "/cases/%d"`, tr.work.reportCase))
}

func (tr *tour) verifyTheLog() {
	tr.person = tr.first
	tr.Open("/custody")
	tr.click(`form[action="/custody/verify"] .btn`)
	tr.until("that it is whole", `document.querySelector("#live .tag-done") !== null`)
	tr.top()
}

// verifyWithTheCommand verifies the same log while the server runs.
func (tr *tour) verifyWithTheCommand() {
	out, err := tr.v.command("verify", "--json").CombinedOutput()
	var v verified
	if err != nil || json.Unmarshal(out, &v) != nil || !v.OK || v.Custody.Records < 30 {
		tr.T.Errorf("jaga verify: %v\n%s", err, out)
	}
}
