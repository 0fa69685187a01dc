// Package plugintest is a double of plugins for tests: one that speaks the
// contract, and one that speaks as a language model does. They can be made to
// misbehave.
package plugintest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/plugin"
)

// Double is a plugin. Its zero value is a classifier of pictures and texts that
// says nothing of anything. It is safe for concurrent use when its fields are
// not changed any more.
type Double struct {
	// About is what it says of itself; nil says the usual.
	About *plugin.About
	// Answer says what it makes of an item; nil is nothing.
	Answer func(f plugin.Facts, body []byte) plugin.Signals
	// Fault, when not nil, may answer in the place of the double, and reports
	// whether it did.
	Fault func(w http.ResponseWriter, r *http.Request) bool

	mu   sync.Mutex
	seen []plugin.Facts
}

// Ear is a double that hears speech: a transcriber that answers what hear makes of a
// stretch of sound, which is a WAV file.
func Ear(hear func(f plugin.Facts, file []byte) []plugin.Utterance) *Double {
	return &Double{
		About: &plugin.About{Contract: plugin.Contract, Name: "ear", Version: "1.0", Kind: plugin.Transcriber, Items: []jaga.Kind{jaga.KindAudio}},
		Answer: func(f plugin.Facts, file []byte) plugin.Signals {
			return plugin.Signals{Signals: []plugin.Signal{}, Utterances: hear(f, file)}
		},
	}
}

// Seen lists the items that it was asked about.
func (d *Double) Seen() []plugin.Facts {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]plugin.Facts(nil), d.seen...)
}

// ServeHTTP speaks the contract.
func (d *Double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if d.Fault != nil && d.Fault(w, r) {
		return
	}
	switch r.Method + " " + r.URL.Path {
	case "GET /v1/about":
		about := plugin.About{Contract: plugin.Contract, Name: "double", Version: "1.0", Kind: plugin.Classifier, Items: []jaga.Kind{jaga.KindImage, jaga.KindText}}
		if d.About != nil {
			about = *d.About
		}
		reply(w, about)
	case "POST /v1/signals":
		f, body, err := read(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		d.mu.Lock()
		d.seen = append(d.seen, f)
		d.mu.Unlock()
		answer := plugin.Signals{Signals: []plugin.Signal{}}
		if d.Answer != nil {
			answer = d.Answer(f, body)
		}
		reply(w, answer)
	default:
		http.NotFound(w, r)
	}
}

// read takes the two parts of a question.
func read(r *http.Request) (f plugin.Facts, body []byte, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return f, nil, err
	}
	item, err := parts.NextPart()
	if err != nil || item.FormName() != "item" {
		return f, nil, errors.New("the part item is not there")
	}
	if err := json.NewDecoder(item).Decode(&f); err != nil {
		return f, nil, err
	}
	file, err := parts.NextPart()
	if err != nil || file.FormName() != "body" {
		return f, nil, errors.New("the part body is not there")
	}
	body, err = io.ReadAll(file)
	return f, body, err
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // whoever asked may have gone
}

// Model is a language model behind an OpenAI-compatible address.
type Model struct {
	// Write returns what the model writes, for what it is told and asked.
	Write func(system, user string) string
	// Fault is as that of Double.
	Fault func(w http.ResponseWriter, r *http.Request) bool

	mu    sync.Mutex
	asked []string
}

// Asked lists what it was asked, as it came.
func (m *Model) Asked() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.asked...)
}

// ServeHTTP answers POST /v1/chat/completions.
func (m *Model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if m.Fault != nil && m.Fault(w, r) {
		return
	}
	if r.Method+" "+r.URL.Path != "POST /v1/chat/completions" {
		http.NotFound(w, r)
		return
	}
	type message struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	var in struct {
		Model    string    `json:"model"`
		Messages []message `json:"messages"`
	}
	if err == nil {
		err = json.Unmarshal(data, &in)
	}
	if err != nil || in.Model == "" || len(in.Messages) != 2 || in.Messages[0].Role != "system" || in.Messages[1].Role != "user" {
		http.Error(w, "not a chat", http.StatusBadRequest)
		return
	}
	m.mu.Lock()
	m.asked = append(m.asked, string(data))
	m.mu.Unlock()
	type choice struct {
		Index   int     `json:"index"`
		Message message `json:"message"`
		Reason  string  `json:"finish_reason"`
	}
	reply(w, map[string]any{"id": "chatcmpl-1", "object": "chat.completion", "model": in.Model, "usage": map[string]int{"total_tokens": 1},
		"choices": []choice{{0, message{"assistant", m.Write(in.Messages[0].Content, in.Messages[1].Content)}, "stop"}}})
}
