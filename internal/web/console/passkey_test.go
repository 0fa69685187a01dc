package console_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/browsertest"
	"github.com/jaga-project/jaga/internal/store"
)

// authenticator is one that the browser pretends to have.
type authenticator struct {
	*browser
	id webauthn.AuthenticatorID
}

func (b *browser) authenticator() *authenticator {
	b.T.Helper()
	if _, err := chromedp.Call(b.Ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		b.T.Fatal(err)
	}
	made, err := chromedp.Call(b.Ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Ctap2version: webauthn.Ctap2versionCtap21, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	if err != nil {
		b.T.Fatal(err)
	}
	return &authenticator{b, made.AuthenticatorID}
}

func (a *authenticator) lies(signature, verification bool) {
	a.T.Helper()
	if _, err := chromedp.Call(a.Ctx, webauthn.SetResponseOverrideBits, webauthn.SetResponseOverrideBitsParams{AuthenticatorID: a.id, IsBogusSignature: &signature, IsBadUV: &verification}); err != nil {
		a.T.Fatal(err)
	}
}

func (a *authenticator) held() []*webauthn.Credential {
	a.T.Helper()
	got, err := chromedp.Call(a.Ctx, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: a.id})
	if err != nil {
		a.T.Fatal(err)
	}
	return got.Credentials
}

var signCount = regexp.MustCompile(`"signCount":\d+`)

// seen makes the server believe that it has seen the passkeys count further, as
// it has when a copy of one was used elsewhere.
func (a *authenticator) seen(count string) {
	a.T.Helper()
	err := a.w.db.Bulk(a.T.Context(), func(tx *store.Tx) error {
		data, err := store.One[string](tx, `SELECT data FROM passkeys`)
		if err != nil {
			return err
		}
		if !signCount.MatchString(data) {
			a.T.Fatalf("no counter in %s", data)
		}
		_, err = tx.Exec(`UPDATE passkeys SET data = $1`, signCount.ReplaceAllString(data, `"signCount":`+count))
		return err
	})
	if err != nil {
		a.T.Fatal(err)
	}
}

const passkeyButton = `form[data-passkey] button:not([hidden])`

// signInWithPasskey presses the button and waits for the next page.
func (a *authenticator) signInWithPasskey(want string) {
	a.T.Helper()
	a.Open("/sign-in")
	a.Run(chromedp.Click(chromedp.CSS(passkeyButton)))
	a.until(want, want)
}

const (
	inside  = `document.readyState === "complete" && document.querySelector(".side") !== null`
	refused = `document.readyState === "complete" && document.querySelector("#problem") !== null && document.querySelector(".side") === null`
)

func (a *authenticator) signOut() {
	a.T.Helper()
	a.Run(chromedp.Click(chromedp.CSS(`form[action="/sign-out"] button`)))
	a.until("the page for signing in", `document.readyState === "complete" && location.pathname === "/sign-in"`)
}

// TestPasskeys goes the way of the first administrator and of everybody after.
func TestPasskeys(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	number := b.Base
	b.Base = strings.Replace(b.Base, "127.0.0.1", "localhost", 1)
	if err := b.w.auth.Reach(number, auth.ProviderConfig{}); err != nil {
		t.Fatal(err)
	}
	a := b.authenticator()

	// Nobody has a passkey yet, so the browser finds none.
	b.Open("/sign-in")
	b.Run(chromedp.Click(chromedp.CSS(passkeyButton)))
	b.until("what to do", `document.querySelector("[data-passkey-fault]").innerText.startsWith("No passkey was used")`)

	// The first link leads to making one, and on to where it was to lead.
	b.Open("/sign-in?token=" + b.w.link() + "&next=/banks")
	b.Run(chromedp.Click(chromedp.CSS(".gate .btn")))
	b.until("the welcome", `document.readyState === "complete" && location.pathname === "/welcome"`)
	b.Run(chromedp.SendKeys(chromedp.CSS("#passkey_name"), "my laptop"), chromedp.Click(chromedp.CSS(passkeyButton)))
	b.until("the page behind", `document.readyState === "complete" && location.pathname === "/banks"`)
	if c := a.held(); len(c) != 1 || !c[0].IsResidentCredential || c[0].RpID != "localhost" || len(c[0].UserHandle) != 32 {
		t.Fatalf("the authenticator holds %+v", c)
	}
	a.signOut()
	a.signInWithPasskey(inside)
	b.Open("/account")
	if got := browsertest.Value(b.Browser, chromedp.Text(chromedp.CSS("main"))); !strings.Contains(got, "my laptop") || !strings.Contains(got, "with a passkey") || !strings.Contains(got, "Chrome or alike on Linux") {
		t.Errorf("my account: %q", got)
	}

	// The same device makes no second one.
	b.Run(chromedp.SendKeys(chromedp.CSS("#passkey_name"), "again"), chromedp.Click(chromedp.CSS(passkeyButton)))
	b.until("that it is known", `document.querySelector("[data-passkey-fault]").innerText.startsWith("This device has a passkey")`)

	a.signOut()
	a.lies(true, false)
	a.signInWithPasskey(refused)
	a.lies(false, true)
	a.signInWithPasskey(refused) // it did not check who holds it
	a.lies(false, false)
	a.signInWithPasskey(inside)

	keys, err := b.w.auth.Passkeys(t.Context(), 1)
	if err != nil || len(keys) != 1 || keys[0].UsedAt == 0 || keys[0].SuspectAt != 0 {
		t.Fatalf("Passkeys = %+v, %v", keys, err)
	}
	a.copied()
	a.signedOutAtANumber(number)
	a.revoked()
	b.Clean("passkeys")
}

// copied lets a copy of the passkey be used, whose counter is behind.
func (a *authenticator) copied() {
	t := a.T
	a.signOut()
	a.seen("1000")
	a.signInWithPasskey(refused)
	keys, err := a.w.auth.Passkeys(t.Context(), 1)
	if err != nil || len(keys) != 1 || keys[0].SuspectAt == 0 {
		t.Fatalf("Passkeys = %+v, %v; want one that is suspect", keys, err)
	}
	a.seen("1")
	a.signInWithPasskey(refused) // it opens nothing until somebody has looked
	a.Open("/sign-in?token=" + a.w.link())
	a.Run(chromedp.Click(chromedp.CSS(".gate .btn")))
	a.until("inside", inside)
	a.Open("/account")
	a.look(360, "light", "en")
	a.Open("/account")
	if got := browsertest.Value(a.Browser, chromedp.Text(chromedp.CSS("main"))); !strings.Contains(got, "Its counter ran backwards") {
		t.Errorf("my account: %q", got)
	}
	a.axe("my account with a suspect passkey")
	a.Run(chromedp.Click(chromedp.CSS(`form[action$="/remove"] button`)))
	a.until("it is gone", `document.readyState === "complete" && location.search === "?done=passkey_removed"`)
}

// signedOutAtANumber opens the site by its IP address.
func (a *authenticator) signedOutAtANumber(number string) {
	t, base := a.T, a.Base
	a.Base = number
	a.Open("/sign-in")
	got := browsertest.Value(a.Browser, chromedp.Text(chromedp.CSS("main")))
	if !strings.Contains(got, "They work at "+base) || browsertest.Value(a.Browser, chromedp.Evaluate[int](`document.querySelectorAll("form[data-passkey]").length`)) != 0 {
		t.Errorf("at %s: %q", number, got)
	}
	a.axe("signing in at a number")
	a.Base = base
}

// revoked makes a passkey on the account's page, has it taken away by an
// administrator, and confirms with another way.
func (a *authenticator) revoked() {
	t := a.T
	a.Open("/account")
	a.Run(chromedp.SendKeys(chromedp.CSS("#passkey_name"), "second"), chromedp.Click(chromedp.CSS(passkeyButton)))
	// The device has the old one still, which is known no more.
	a.until("a new passkey", `document.readyState === "complete" && location.search === "?done=passkey_added"`)
	a.signOut()
	a.axe("signing in")
	a.Run(chromedp.Evaluate[chromedp.Void](`document.querySelector("details").open = true`))
	keys, err := a.w.auth.Passkeys(t.Context(), 1)
	if err != nil || len(keys) != 1 {
		t.Fatalf("Passkeys = %+v, %v", keys, err)
	}
	a.signInWithPasskey(inside)
	// A page that was open too long asks again, and the passkey answers.
	a.stale()
	a.Open("/people")
	a.Run(chromedp.SendKeys(chromedp.CSS("#person_name"), "Sari"), chromedp.Click(chromedp.CSS(`#invite button.main`)))
	a.until("the question", `document.readyState === "complete" && document.querySelector("h1").innerText === "Confirm that it is you"`)
	a.axe("confirming")
	a.Run(chromedp.Click(chromedp.CSS(passkeyButton)))
	a.until("the invitation", `document.readyState === "complete" && document.querySelector("#link-text") !== null`)
	a.axe("an invitation")
	if people, err := a.w.auth.People(t.Context()); err != nil || len(people) != 2 || people[1].Name != "Sari" {
		t.Errorf("People = %+v, %v", people, err)
	}
	if err := a.w.auth.RemovePasskey(t.Context(), "person:1", 1, keys[0].ID); err != nil {
		t.Fatal(err)
	}
	a.signOut()
	a.signInWithPasskey(refused)
	a.withPasswordAndWithoutScript()
}

// withPasswordAndWithoutScript signs in where no script runs.
func (a *authenticator) withPasswordAndWithoutScript() {
	t := a.T
	const password = "kopi gelap di atas loteng"
	if err := a.w.auth.SetPassword(t.Context(), 1, password, ""); err != nil {
		t.Fatal(err)
	}
	scripts := func(off bool) {
		if _, err := chromedp.Call(a.Ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: off}); err != nil {
			t.Fatal(err)
		}
	}
	scripts(true)
	defer scripts(false)
	a.Open("/sign-in")
	if got := browsertest.Value(a.Browser, chromedp.Text(chromedp.CSS("main"))); !strings.Contains(got, "A passkey needs JavaScript") {
		t.Errorf("without a script: %q", got)
	}
	a.Run(chromedp.SendKeys(chromedp.CSS("#login"), "operator"), chromedp.SendKeys(chromedp.CSS("#password"), password), chromedp.Click(chromedp.CSS(`form[action="/sign-in/password"] button`)), chromedp.WaitReady(chromedp.CSS(".side")))
}

// stale makes every session old.
func (b *browser) stale() {
	b.T.Helper()
	err := b.w.db.Bulk(b.T.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE sessions SET proved_at = proved_at - $1`, auth.FreshFor.Microseconds())
		return err
	})
	if err != nil {
		b.T.Fatal(err)
	}
}
