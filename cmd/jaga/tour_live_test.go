//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/coder/websocket"

	"github.com/jaga-project/jaga/internal/browsertest"
	"github.com/jaga-project/jaga/internal/live"
	"github.com/jaga-project/jaga/internal/testpic"
)

// watchAStream starts a watch on the page; the platform then sends pictures, the known
// one among them, and what happens beside them.
func (tr *tour) watchAStream() {
	tr.press("gn") // on the page of the cases, where n alone takes the next one
	tr.until("no stream yet", `location.pathname === "/live" && document.querySelector("#live .empty") !== null`)
	tr.click(".head .btn.main")
	tr.until("the form", `document.querySelector(".live-new") !== null`)
	tr.click("input[name=how][value=frames]")
	tr.Run(chromedp.SendKeys(chromedp.CSS("#ref"), "stream-7"), chromedp.SendKeys(chromedp.CSS("#account"), "acc-21"))
	tr.click(".live-new .btn.main")
	tr.until("the watch", `document.querySelector(".live-stop") !== null`)
	id := path.Base(browsertest.Value(tr.Browser, chromedp.Evaluate[string](`location.pathname`)))
	tr.sendStream(id)
	tr.until("the match and who did what", `document.querySelector("#live-marks").innerText.includes("KNOWN_MATERIAL") && document.querySelector("#live-parts").innerText.includes("acc-31") && document.querySelector('#live-now a[href^="/cases/"]') !== null`)
	tr.top()
}

// sendStream does what a platform does: the last two minutes of chat and gifts, and
// pictures of now.
func (tr *tour) sendStream(id string) {
	tr.T.Helper()
	var events []live.Event
	for i := range 40 {
		at := time.Now().Add(time.Duration(3*i-120) * time.Second)
		events = append(events, live.Event{Type: live.EventChat, At: &at, From: fmt.Sprint("acc-", 70+i%5), Text: "hello"})
		if i%9 == 4 {
			events = append(events, live.Event{Type: live.EventAct, At: &at, From: "acc-31", Act: "category", Category: "direction", Score: 0.9}, live.Event{Type: live.EventGift, At: &at, From: "acc-31", Amount: 5, Currency: "USD"})
		}
	}
	var lines strings.Builder
	for _, e := range events {
		data, err := json.Marshal(e)
		if err != nil {
			tr.T.Fatal(err)
		}
		lines.Write(append(data, '\n'))
	}
	tr.v.must(http.MethodPost, watchAddress(id)+"/events", "application/x-ndjson", strings.NewReader(lines.String()))

	ctx, stop := context.WithTimeout(tr.T.Context(), time.Minute)
	defer stop()
	conn, _, err := websocket.Dial(ctx, tr.v.at.URL+watchAddress(id)+"/feed", &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + tr.v.at.Key}}})
	if err != nil {
		tr.T.Fatal(err)
	}
	defer conn.CloseNow()
	known, other := testpic.JPEG(tourPicture(), 85), testpic.JPEG(testpic.Photo(92, 480, 360), 85)
	for _, picture := range [][]byte{other, known, known, known, other} {
		if err := conn.Write(ctx, websocket.MessageBinary, picture); err != nil {
			tr.T.Fatal(err)
		}
	}
	if err := conn.Close(websocket.StatusNormalClosure, ""); err != nil {
		tr.T.Fatal(err)
	}
}
