package console

import "github.com/jaga-project/jaga/internal/auth"

// peopleRoutes are the pages of who is who: signing in, one's own account,
// people and keys. Acts that cannot be taken back, or that open a way in, ask
// for a fresh proof.
func (c *console) peopleRoutes() []route {
	return []route{
		{"GET /sign-in", open, c.signInPage},
		{"POST /sign-in", open, c.signIn},
		{"POST /sign-in/password", open, c.signInPassword},
		{"POST /sign-in/passkey/begin", open, c.signInPasskeyBegin},
		{"POST /sign-in/passkey", open, c.signInPasskey},
		{"GET /sign-in/provider", open, c.providerSignIn},
		{"GET " + auth.CallbackPath, open, c.providerBack},
		{"POST /sign-out", open, c.signOut},
		{"GET /confirm", auth.OwnAccount, c.confirmPage},
		{"POST /confirm", auth.OwnAccount, c.fresh(c.confirmed)},
		{"POST /confirm/passkey/begin", auth.OwnAccount, c.confirmBegin},
		{"GET /confirm/provider", auth.OwnAccount, c.providerConfirm},
		{"GET /welcome", auth.OwnAccount, c.welcome},
		{"GET /account", auth.OwnAccount, c.account},
		{"POST /account/passkeys/begin", auth.OwnAccount, c.fresh(c.passkeyBegin)},
		{"POST /account/passkeys", auth.OwnAccount, c.fresh(c.passkeyAdd)},
		{"POST /account/passkeys/{id}/rename", auth.OwnAccount, c.passkeyRename},
		{"POST /account/passkeys/{id}/remove", auth.OwnAccount, c.fresh(c.passkeyRemove)},
		{"POST /account/password", auth.OwnAccount, c.fresh(c.passwordSet)},
		{"POST /account/password/remove", auth.OwnAccount, c.fresh(c.passwordRemove)},
		{"GET /account/provider", auth.OwnAccount, c.providerLink},
		{"POST /account/provider/remove", auth.OwnAccount, c.fresh(c.providerUnlink)},
		{"POST /account/link", auth.OwnAccount, c.fresh(c.accountLink)},
		{"POST /account/sessions/end", auth.OwnAccount, c.sessionsEnd},
		{"GET /people", auth.ManagePeople, c.people},
		{"POST /people", auth.ManagePeople, c.fresh(c.invite)},
		{"GET /people/{id}", auth.ManagePeople, c.person},
		{"POST /people/{id}/rename", auth.ManagePeople, c.fresh(c.personRename)},
		{"POST /people/{id}/give", auth.ManagePeople, c.fresh(c.personGive)},
		{"POST /people/{id}/take", auth.ManagePeople, c.fresh(c.personTake)},
		{"POST /people/{id}/link", auth.ManagePeople, c.fresh(c.personLink)},
		{"POST /people/{id}/disable", auth.ManagePeople, c.fresh(c.personDisable)},
		{"POST /people/{id}/enable", auth.ManagePeople, c.fresh(c.personEnable)},
		{"POST /people/{id}/sessions/end", auth.ManagePeople, c.personSessionsEnd},
		{"POST /people/{id}/passkeys/{passkey}/remove", auth.ManagePeople, c.fresh(c.personPasskeyRemove)},
		{"GET /keys", auth.ManageKeys, c.keys},
		{"POST /keys", auth.ManageKeys, c.fresh(c.keyCreate)},
		{"POST /keys/{id}/rotate", auth.ManageKeys, c.fresh(c.keyRotate)},
		{"POST /keys/{id}/revoke", auth.ManageKeys, c.keyRevoke},
	}
}
