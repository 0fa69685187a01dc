package chatfile

import (
	"slices"
	"strings"

	"github.com/jaga-project/jaga/convo"
)

// message reads one message of the project's own format.
func (own *ownConversation) message(in messageJSON) {
	m := Message{Message: convo.Message{
		ID:          own.text("messages.id", in.ID),
		From:        own.text("messages.from", in.From),
		To:          in.To.list,
		Text:        own.text("messages.text", in.Text),
		Category:    own.word("messages.category", in.Category),
		Currency:    own.word("messages.currency", in.Currency),
		Method:      own.word("messages.method", in.Method),
		Payee:       own.text("messages.payee", in.Payee),
		Description: own.text("messages.description", in.Description),
	}, Media: own.word("messages.media", in.Media), Line: own.line}
	if in.To.bad {
		own.r.odd(own.line, "messages.to", "it holds something that is no participant's id, which was left out")
	}
	if m.Media != "" && !slices.Contains(mediaKinds[:], m.Media) {
		own.r.odd(own.line, "messages.media", "%s is none of %s; it is taken as a file", shown(m.Media), strings.Join(mediaKinds[:], ", "))
		m.Media = "file"
	}
	if !own.act(&m, in) {
		own.skip()
		return
	}
	if m.From == "" {
		own.r.lose(own.line, "messages.from", "message %d is from nobody and was left out", own.position())
		own.skip()
		return
	}
	own.time(&m, in.At)
	if !own.stranger("messages.from", m.From) {
		own.skip()
		return
	}
	m.To = slices.DeleteFunc(m.To, func(id string) bool { return !own.stranger("messages.to", id) })
	if len(m.To) == 0 && len(in.To.list) > 0 {
		own.skip() // there was no room for a receiver, and none would mean all
		return
	}
	own.add(m)
}

// time reads when a message was sent.
func (own *ownConversation) time(m *Message, at str) {
	s := own.text("messages.at", at)
	if s == "" {
		own.r.odd(own.line, "messages.at", "message %d has no time", own.position())
		return
	}
	var why string
	if m.At, why = parseTime(s, own.r.opt.Location); why != "" {
		own.r.odd(own.line, "messages.at", "%s", why)
	}
}

// act reads what was done and reports whether the message says anything.
func (own *ownConversation) act(m *Message, in messageJSON) bool {
	act := strings.TrimSpace(own.text("messages.act", in.Act))
	if event := strings.ToLower(act); convo.KnownAct(event) {
		act = event
	} else if code := strings.ToUpper(act); convo.KnownAct(code) {
		act = code
	} else if act != "" && event != "text" {
		own.r.lose(own.line, "messages.act", "%s is no known act and was left out", shown(act))
		act = ""
		if m.Text == "" && m.Media == "" {
			return false
		}
	} else {
		act = ""
	}
	m.Act = act
	if act == "" {
		if m.Text == "" && m.Media == "" {
			own.r.odd(own.line, "messages", "message %d says and does nothing and was left out", own.position())
			return false
		}
		return true
	}
	return own.score(m, in.Score) && own.amount(m, in.Amount)
}

// score reads an outside classifier's answer. A wrong one is lost, not zero:
// zero would say that the classifier found nothing.
func (own *ownConversation) score(m *Message, score num) bool {
	if m.Act != "category" {
		return true
	}
	if m.Category == "" {
		own.r.lose(own.line, "messages.category", "message %d names no category and was left out", own.position())
		return false
	}
	if !score.set || score.bad || score.v < 0 || score.v > 1 {
		own.r.lose(own.line, "messages.score", "it is no number from 0 to 1; message %d was left out", own.position())
		return false
	}
	m.Score = score.v
	return true
}

// amount reads the amount of a payment or gift. A wrong one is unknown; that
// something was paid still counts.
func (own *ownConversation) amount(m *Message, amount num) bool {
	if m.Act == "payment" || m.Act == "gift" {
		if amount.bad || amount.v < 0 {
			own.r.lose(own.line, "messages.amount", "it is no number from 0 on and is taken as unknown")
		} else {
			m.Amount = amount.v
		}
	}
	return true
}
