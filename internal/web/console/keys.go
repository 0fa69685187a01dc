package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
)

type keysPage struct {
	page
	Keys   []keyLine
	Scopes []auth.Scope
	Label  string
	Chosen []auth.Scope
	Expiry string // days, or empty
	// Secret is shown once, on the answer to the act that made it.
	Secret  string
	NewKey  auth.Key
	Rotated bool
}

// overlaps are for how many days the old secret of a rotated key may go on.
func overlaps() []int { return []int{0, 1, 7, 30} }

type keyLine struct {
	auth.Key
	State string // used, unused, expired or revoked
	By    string // who rotated it
	Old   bool   // the secret before still works
}

// Overlaps are the choices for the old secret of a rotated key, in days.
func (v *keysPage) Overlaps() []int { return overlaps() }

// Has reports whether a scope is ticked.
func (v *keysPage) Has(s auth.Scope) bool { return slices.Contains(v.Chosen, s) }

func (c *console) keys(w http.ResponseWriter, r *http.Request) error {
	return c.keysView(w, r, http.StatusOK, func(v *keysPage) {
		v.Chosen = []auth.Scope{auth.ItemsWrite, auth.ItemsRead, auth.Match}
		if r.URL.Query().Has("revoked") {
			v.Notice = &notice{true, c.say(r).t("keys.notice_revoked")}
		}
	})
}

func (c *console) keysView(w http.ResponseWriter, r *http.Request, status int, change func(*keysPage)) error {
	v := &keysPage{page: c.page(r, "keys", c.say(r).t("keys.title")), Scopes: auth.Scopes()}
	v.Path = "/keys"
	list, err := c.Auth.Keys(r.Context())
	if err != nil {
		return err
	}
	names, err := c.names(r.Context(), c.say(r))
	if err != nil {
		return err
	}
	now := c.now().UnixMicro()
	for _, k := range list {
		line := keyLine{Key: k, State: "unused", Old: k.OldUntil > now}
		if k.RotatedBy != "" {
			line.By = names(k.RotatedBy)
		}
		switch {
		case k.RevokedAt > 0:
			line.State = "revoked"
		case k.ExpiresAt > 0 && k.ExpiresAt <= now:
			line.State = "expired"
		case k.UsedAt > 0:
			line.State = "used"
		}
		v.Keys = append(v.Keys, line)
	}
	change(v)
	return c.render(w, r, status, "keys", v)
}

func (c *console) keyCreate(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	label, expiry := strings.TrimSpace(r.PostFormValue("label")), r.PostFormValue("expires")
	scopes, err := auth.ParseScopes(r.PostForm["scopes"])
	var end time.Time
	if days, convErr := strconv.Atoi(expiry); convErr == nil && days > 0 && days <= 3660 {
		end = c.now().AddDate(0, 0, days)
	}
	var key auth.Key
	var secret string
	if err == nil {
		key, secret, err = c.Auth.CreateKey(r.Context(), actor(r), label, scopes, end)
	}
	if err != nil && !mendable(err) {
		return err
	}
	status := http.StatusOK
	if err != nil {
		status = http.StatusUnprocessableEntity
	}
	return c.keysView(w, r, status, func(v *keysPage) {
		if err != nil {
			v.Label, v.Chosen, v.Expiry, v.Problem = label, scopes, expiry, c.problem(c.say(r), err)
			return
		}
		v.Secret, v.NewKey, v.Chosen = secret, key, []auth.Scope{auth.ItemsWrite, auth.ItemsRead, auth.Match}
	})
}

// keyRotate gives a key a new secret.
func (c *console) keyRotate(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	days, err := strconv.Atoi(r.PostFormValue("overlap"))
	if err != nil || !slices.Contains(overlaps(), days) {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "overlap", Msg: "there is no such choice"}
	}
	key, secret, err := c.Auth.RotateKey(r.Context(), actor(r), pathNumber(r, "id"), time.Duration(days)*24*time.Hour)
	if err != nil {
		return err
	}
	return c.keysView(w, r, http.StatusOK, func(v *keysPage) {
		v.Secret, v.NewKey, v.Rotated, v.Chosen = secret, key, true, []auth.Scope{auth.ItemsWrite, auth.ItemsRead, auth.Match}
	})
}

func (c *console) keyRevoke(w http.ResponseWriter, r *http.Request) error {
	if err := c.Auth.RevokeKey(r.Context(), actor(r), pathNumber(r, "id")); err != nil {
		return err
	}
	return seeOther(w, r, "/keys?revoked=1")
}
