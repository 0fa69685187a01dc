package main

import (
	"strings"
	"time"

	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/law"
)

// scanning says whether messages of private channels are read. With no profile
// in force they are: nobody has chosen, and doctor says so.
func scanning(laws law.Set) func(time.Time) converse.Scanning {
	return func(at time.Time) converse.Scanning {
		if len(laws) == 0 {
			return converse.Scanning{Allowed: true}
		}
		if may, _ := laws.MayScanPrivate(at); !may {
			return converse.Scanning{By: laws.PrivateOff(at)}
		}
		out := converse.Scanning{Allowed: true}
		for _, p := range laws {
			out.By = append(out.By, p.ID)
		}
		return out
	}
}

// examinePrivate says whether messages of private channels are read, and by
// which profile of the law.
func (a *app) examinePrivate() examined {
	_, laws, err := a.laws()
	if err != nil {
		return examined{"private chats", "bad", err.Error(), hintOf(err)}
	}
	now := scanning(laws)(time.Now())
	by := strings.Join(now.By, ", ")
	switch {
	case !now.Allowed:
		return examined{Name: "private chats", State: "ok", Detail: "not read: messages of private channels are refused, by " + by}
	case by == "":
		return examined{"private chats", "note", "read: no profile of the law is in force", "let counsel choose the profiles, and name them in law.profiles; see docs/law.md"}
	}
	return examined{"private chats", "note", "read: " + by + " leaves it to you", "let counsel confirm that your service may; see docs/law.md"}
}
