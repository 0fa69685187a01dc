package api

import (
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/internal/converse"
)

// The JSON form of conversations, as in types.go.
type (
	describedTalk struct {
		Conversation string             `json:"conversation,omitempty" doc:"The platform's identifier of the conversation." example:"c1"`
		Form         jaga.Form          `json:"form" doc:"The form of exploitation." enum:"csam,grooming,live_stream,sextortion" example:"grooming"`
		Harm         jaga.Harm          `json:"harm" doc:"Its identifier in the taxonomy of MSC4456." example:"org.matrix.msc4456.child_safety.grooming"`
		Band         jaga.Band          `json:"band" doc:"How soon a person should look." enum:"observe,review,urgent" example:"review"`
		From         string             `json:"from" doc:"The account under review." example:"a"`
		To           string             `json:"to" doc:"The person who may need help; * is everybody in a room." example:"b"`
		FromAge      string             `json:"from_age,omitempty" doc:"Its age band; said minor or said adult when only the conversation tells."`
		ToAge        string             `json:"to_age,omitempty" doc:"The other's age band, likewise." example:"13-15"`
		FirstAt      string             `json:"first_at_message" doc:"The message at which the band was first reached." example:"m17"`
		Path         string             `json:"path,omitempty" doc:"welfare when the account under review is a child's, too: children need support first." enum:"welfare"`
		Power        []string           `json:"power,omitempty" doc:"In which ways one side has power over the other." nullable:"false"`
		Because      []convo.Reason     `json:"because" doc:"The reasons, the weightiest first; there is at least one." nullable:"false"`
		Against      []convo.Reason     `json:"against" doc:"Counter-evidence." nullable:"false"`
		NotChecked   []convo.NotChecked `json:"not_checked,omitempty" doc:"What lacked an input and could not be looked for." nullable:"false"`
		Version      string             `json:"version,omitempty" doc:"The rules and packs that were used."`
	}
	describedTalkReason struct {
		Indicator indicator.ID `json:"indicator" doc:"An indicator of the catalogue; CTX-… is a modifier." example:"G-13"`
		Message   string       `json:"message,omitempty" doc:"Where it was seen." example:"m17"`
		Span      *[2]int      `json:"span,omitempty" doc:"From where to where in the message's text, in bytes of UTF-8. Absent for an act."`
		View      string       `json:"view,omitempty" doc:"How the words were read." enum:"event,raw,stem,slang,folded"`
		Explain   string       `json:"explain" doc:"One plain sentence." example:"One side asks the other to keep the contact secret."`
		Own       *indicator.L `json:"own,omitempty" doc:"The pack's own sentence in both languages, in place of the catalogue's."`
		Pack      string       `json:"pack,omitempty" doc:"The pack and its version." example:"en-core/1"`
		Count     int          `json:"count,omitempty" doc:"How often, when more than once."`
	}
	describedText struct {
		EN string `json:"en" doc:"In English."`
		ID string `json:"id" doc:"In Bahasa Indonesia."`
	}
	describedNotChecked struct {
		Indicator indicator.ID `json:"indicator,omitempty" doc:"The indicator; absent when it concerns messages." example:"G-07"`
		Needs     []string     `json:"needs" doc:"The missing inputs." nullable:"false" example:"[\"payment\"]"`
		Why       string       `json:"why,omitempty" doc:"What else was in the way."`
	}
	describedStored struct {
		ID      string        `json:"id" doc:"Jaga's number of the finding." example:"01900000-0000-7000-8000-000000000000"`
		At      time.Time     `json:"at" doc:"When the message was sent that raised it."`
		Updated time.Time     `json:"updated_at" doc:"When it was stored."`
		Source  string        `json:"source,omitempty" doc:"Who handed the messages in." example:"key:1"`
		Finding convo.Finding `json:"finding" doc:"The finding."`
	}
	describedLine struct {
		Message     string    `json:"message" doc:"The message's identifier." example:"m17"`
		From        string    `json:"from" doc:"Who sent it." example:"a"`
		At          time.Time `json:"at" doc:"When."`
		Text        string    `json:"text,omitempty" doc:"The text; of a long one the beginning."`
		Transcribed bool      `json:"transcribed,omitempty" doc:"Whether the words are what a machine heard somebody say, and may be wrong."`
		Act         string    `json:"act,omitempty" doc:"The act, when it is not words."`
	}
)

// aliases names a described type for a real one.
type alias struct {
	name    string
	real, d reflect.Type
}

func talkAliases() []alias {
	return []alias{
		{"ConversationFinding", reflect.TypeFor[convo.Finding](), reflect.TypeFor[describedTalk]()},
		{"ConversationReason", reflect.TypeFor[convo.Reason](), reflect.TypeFor[describedTalkReason]()},
		{"TwoLanguages", reflect.TypeFor[indicator.L](), reflect.TypeFor[describedText]()},
		{"NotChecked", reflect.TypeFor[convo.NotChecked](), reflect.TypeFor[describedNotChecked]()},
		{"StoredFinding", reflect.TypeFor[converse.Finding](), reflect.TypeFor[describedStored]()},
		{"ExcerptLine", reflect.TypeFor[converse.Line](), reflect.TypeFor[describedLine]()},
	}
}

// receivers describes a text or a list of texts.
func receivers() *huma.Schema {
	text := &huma.Schema{Type: huma.TypeString}
	return &huma.Schema{OneOf: []*huma.Schema{text, {Type: huma.TypeArray, Items: text}}, Description: "One receiver, or a list; everybody when it is missing."}
}
