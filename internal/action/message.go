package action

import (
	_ "embed"
	"encoding/json"
	"sync"

	"github.com/jaga-project/jaga"
)

//go:embed messages.json
var messageFile []byte

// message is a safety message to somebody who was targeted.
type message struct{ Title, Text string }

var messages = sync.OnceValue(func() (m map[string]map[string]message) {
	if err := json.Unmarshal(messageFile, &m); err != nil {
		panic("action: messages.json: " + err.Error()) // it comes with the program
	}
	return m
})

// fill puts the message of the form into the warning, in its language. guide is
// where the public guide is.
func (p WarnTarget) fill(form jaga.Form, guide string) WarnTarget {
	list := messages()[p.Language]
	m, ok := list[string(form)]
	if !ok {
		m = list["other"]
	}
	p.Title, p.Text, p.Guide = m.Title, m.Text, guide+"/guide/"+p.Language
	return p
}
