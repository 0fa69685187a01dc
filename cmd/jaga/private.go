package main

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/agreed"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/law"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/web/console"
)

// scanning says whether messages of private channels are read. With no profile
// in force they are: nobody has chosen, and doctor says so. aside are the profiles
// whose switch is set aside.
func scanning(laws law.Set, at time.Time, aside []string) converse.Scanning {
	if len(laws) == 0 {
		return converse.Scanning{Allowed: true}
	}
	off := laws.PrivateOff(at)
	despite := slices.DeleteFunc(slices.Clone(off), func(id string) bool { return !slices.Contains(aside, id) })
	if len(despite) < len(off) {
		return converse.Scanning{By: off}
	}
	out := converse.Scanning{Allowed: true, Despite: despite}
	for _, p := range laws {
		if !slices.Contains(despite, p.ID) {
			out.By = append(out.By, p.ID)
		}
	}
	return out
}

// despiteSetting is the setting that holds, with commas between them, the profiles
// whose switch for private chats two people have set aside.
const despiteSetting = "private.despite"

// asideFresh is how long what is stored of that is relied upon: another process may
// change it.
const asideFresh = 2 * time.Second

// setAside is what was read last of the setting.
type setAside struct {
	mu   sync.Mutex
	at   time.Time
	list []string
}

// nowAside are the profiles whose switch is set aside now: those that the settings
// name and two people agreed on. When that cannot be read it is none.
func (s *site) nowAside() []string {
	if len(s.maySetAside) == 0 {
		return nil
	}
	s.aside.mu.Lock()
	defer s.aside.mu.Unlock()
	if !s.aside.at.IsZero() && time.Since(s.aside.at) < asideFresh {
		return s.aside.list
	}
	var v agreed.Value
	err := s.db.View(context.Background(), func(tx *store.Tx) (err error) { v, _, err = agreed.Get(tx, despiteSetting); return err })
	s.aside.list = nil
	if err != nil {
		s.log.Error("read whether private chats are read", "error", err)
	} else {
		for _, id := range s.maySetAside {
			if slices.Contains(strings.Split(v.Value, ","), id) {
				s.aside.list = append(s.aside.list, id)
			}
		}
	}
	s.aside.at = time.Now()
	return s.aside.list
}

// scanning says whether messages of private channels are read.
func (s *site) scanning(at time.Time) converse.Scanning { return scanning(s.laws, at, s.nowAside()) }

// settingChanged makes what was agreed on count at once in this process.
func (s *site) settingChanged(ctx context.Context, name string) {
	if name == despiteSetting {
		s.aside.mu.Lock()
		s.aside.at = time.Time{}
		s.aside.mu.Unlock()
		return
	}
	if err := s.adoptTerms(ctx); err != nil {
		s.log.Error("take keeping times", "error", err)
	}
}

// private is what the console shows of it.
func (s *site) private() console.Private {
	now := s.talk.Scanning()
	return console.Private{Allowed: now.Allowed, Off: s.laws.PrivateOff(time.Now()), May: s.maySetAside, Despite: now.Despite}
}

// setAside returns the profiles that may be set aside. One that is not in force, or
// that leaves the choice to the operator, is refused: there is nothing to set aside.
func (c LawConfig) setAside(laws law.Set) ([]string, error) {
	off := laws.PrivateOff(time.Now())
	for _, id := range c.PrivateDespite {
		if !slices.Contains(off, id) {
			return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "law.private_despite", Msg: strconv.Quote(id) + " is no profile in force that has private chats off",
				Hint: "leave it out; `jaga law list` lists the profiles"}
		}
	}
	return c.PrivateDespite, nil
}

// examinePrivate says whether messages of private channels are read, and by
// which profile of the law.
func (a *app) examinePrivate() examined {
	_, laws, err := a.laws()
	if err != nil {
		return examined{"private chats", "bad", err.Error(), hintOf(err)}
	}
	aside, err := a.cfg.Law.setAside(laws)
	if err != nil {
		return examined{"private chats", "bad", err.Error(), hintOf(err)}
	}
	now := scanning(laws, time.Now(), nil)
	by := strings.Join(now.By, ", ")
	switch {
	case len(aside) > 0:
		return examined{"private chats", "note", "not read, unless two people set aside what " + strings.Join(aside, ", ") + " says, on the page Settings",
			"let counsel confirm that your service may; see docs/law.md"}
	case !now.Allowed:
		return examined{Name: "private chats", State: "ok", Detail: "not read: messages of private channels are refused, by " + by}
	case by == "":
		return examined{"private chats", "note", "read: no profile of the law is in force", "let counsel choose the profiles, and name them in law.profiles; see docs/law.md"}
	}
	return examined{"private chats", "note", "read: " + by + " leaves it to you", "let counsel confirm that your service may; see docs/law.md"}
}
