package live

import (
	"strings"
	"time"

	"github.com/jaga-project/jaga"
)

// State says what a watch is doing.
type State string

// The states of a watch.
const (
	Starting State = "starting" // no frame was compared yet
	Watching State = "watching" // frames come and are compared
	Waiting  State = "waiting"  // the source does not answer, or nobody sends; it is tried again
	Ended    State = "ended"    // the stream ended
	Stopped  State = "stopped"  // somebody stopped the watch
)

// Over reports whether the watch has come to its end.
func (s State) Over() bool { return s == Ended || s == Stopped }

// New says what to watch.
type New struct {
	Source   string   `json:"source" doc:"Where the stream is: an address of HLS (https://…), RTMP (rtmp://…), SRT (srt://…) or of JPEG pictures by WebSocket (wss://…); listen:rtmp://address:port/app/key, the same with rtmps, or listen:srt://address:port for what an encoder sends; push or push:realtime for the body of a request; frames for JPEG pictures by WebSocket. It may hold a stream key: it is sealed and never shown." maxLength:"2000" example:"frames"`
	Ref      string   `json:"ref,omitempty" doc:"Your own name of the stream." maxLength:"512" example:"stream-7"`
	Account  string   `json:"account,omitempty" doc:"The broadcaster, by a pseudonymous identifier, never a name." maxLength:"512" example:"acc-1"`
	Banks    []string `json:"banks,omitempty" doc:"The banks to ask; all when it is missing." maxItems:"100" nullable:"false"`
	Matching int      `json:"matching,omitempty" doc:"How many of the last frames must match; 2 when it is missing." minimum:"0" maximum:"120"`
	Of       int      `json:"of,omitempty" doc:"Of how many frames; 5 when it is missing." minimum:"0" maximum:"120"`
}

func (n New) check() error {
	for _, x := range [][2]string{{"ref", n.Ref}, {"account", n.Account}} {
		if len(x[1]) > 512 || strings.ContainsRune(x[1], 0) {
			return &jaga.Error{Code: jaga.CodeInvalid, Field: x[0], Msg: "it is longer than 512 bytes, or holds a zero byte"}
		}
	}
	return nil
}

// Watch is one stream as it stands.
type Watch struct {
	ID           string     `json:"id" doc:"Its identifier here." example:"019213a4-7c1e-7b2a-9d3e-5f60718293a4"`
	State        State      `json:"state" doc:"What it is doing." enum:"starting,watching,waiting,ended,stopped" example:"watching"`
	Kind         string     `json:"kind" doc:"The kind of its source." enum:"hls,rtmp,srt,listen,push,frames,socket"`
	Source       string     `json:"source" doc:"Its source, without what may be a key." example:"https://cdn.example/live/…"`
	Ref          string     `json:"ref,omitempty" doc:"Your own name of the stream."`
	Account      string     `json:"account,omitempty" doc:"The broadcaster."`
	Conversation string     `json:"conversation" doc:"The name under which its chat, gifts and payments are a conversation, and by which its findings join one case." example:"live/019213a4-7c1e-7b2a-9d3e-5f60718293a4"`
	Banks        []string   `json:"banks" doc:"The banks that are asked; all when it is empty." nullable:"false"`
	Matching     int        `json:"matching" doc:"How many of the last frames must match."`
	Of           int        `json:"of" doc:"Of how many frames."`
	By           string     `json:"by" doc:"Who started it." example:"key:1"`
	StartedAt    time.Time  `json:"started_at" doc:"When it was started."`
	EndedAt      *time.Time `json:"ended_at,omitempty" doc:"When it ended or was stopped."`
	Why          string     `json:"why,omitempty" doc:"Why it waits or ended, in few words." example:"nobody listens there"`
	LastFrame    *time.Time `json:"last_frame_at,omitempty" doc:"When the last frame came that could be compared."`
	Counts
	Rates Rates `json:"rates" doc:"What happens in a minute, over the last minute."`
	// Outcome is what is known so far: findings, not_checked where a stretch of it
	// was not, or clear: nothing was found in what was checked.
	Outcome jaga.State `json:"outcome" doc:"What is known so far: findings; not_checked, where a stretch was not checked; or clear, where nothing was found in what was checked." enum:"findings,not_checked,clear"`
	Band    jaga.Band  `json:"band" doc:"The most urgent band of its findings."`
}

// Counts are what happened in a watch.
type Counts struct {
	Frames     int   `json:"frames" doc:"Frames that could be compared."`
	Same       int   `json:"same_frames" doc:"Of those, how many were nearly the one before and shared its answer."`
	LowQuality int   `json:"low_quality_frames" doc:"Frames with too little detail to compare, such as a black picture."`
	Missed     int   `json:"missed_frames" doc:"Frames that there was no time for."`
	Bytes      int64 `json:"bytes" doc:"Of the stream, since the program started."`
	Connects   int   `json:"connects" doc:"How often its source was asked for the stream."`
	Decoders   int   `json:"decoders" doc:"How often a decoder of pictures was started."`
	// Heard and Unheard are seconds of sound.
	Sound      float64 `json:"sound_seconds" doc:"How many seconds of its sound were compared with banks of sound."`
	Heard      float64 `json:"heard_seconds" doc:"How many seconds of its sound a plugin listened to for speech." example:"61.5"`
	Unheard    float64 `json:"unheard_seconds" doc:"How many it did not, though it was to."`
	Utterances int     `json:"utterances" doc:"How many utterances it heard, which became messages of the conversation."`
	Unclear    int     `json:"unclear_utterances" doc:"How many more it was not sure of; they were not read."`
}

// The kinds of marks.
const (
	MarkMatch = "match" // frames that match a bank
	MarkTalk  = "talk"  // a finding of the chat, gifts and payments
	MarkGap   = "gap"   // nothing was checked
)

// What marks are of; the picture has no word.
const (
	GapOfSpeech = "speech"
	GapOfSound  = "sound"
)

// Mark is a stretch of a stream that people should know of.
type Mark struct {
	ID    string    `json:"id" doc:"Its identifier."`
	Kind  string    `json:"kind" doc:"match: frames, or sound, match a bank. talk: a finding of the chat, gifts and payments. gap: a stretch that was not checked." enum:"match,talk,gap" example:"match"`
	From  time.Time `json:"from" doc:"When it begins."`
	Until time.Time `json:"until" doc:"When it ends, so far."`
	Band  jaga.Band `json:"band" doc:"How soon a person should look; none for gaps."`
	Form  jaga.Form `json:"form,omitempty" doc:"Which of the four forms it is about."`
	Bank  string    `json:"bank,omitempty" doc:"The bank that frames or sound match."`
	Item  string    `json:"item,omitempty" doc:"The item of the finding."`
	// Account is whom a finding of the chat is about: an account under review.
	Account  string   `json:"account,omitempty" doc:"Whom a finding of the chat is about: an account under review."`
	Signs    []string `json:"signs,omitempty" doc:"The indicators of a finding of the chat."`
	Frames   int      `json:"frames,omitempty" doc:"How many frames matched."`
	Distance *int     `json:"distance,omitempty" doc:"How far the nearest of them is from the entry, in bits."`
	Why      string   `json:"why,omitempty" doc:"Why nothing was checked." enum:"source,decoder,stalled,busy,low_quality,damaged,restart,not_loaded,unanswered,timeout,budget,unclear,language,failed,stopped,short"`
	// Of is what matched, or was not checked; empty is the picture.
	Of       string `json:"of,omitempty" doc:"What matched or was not checked: sound, or speech; the picture when it is missing." enum:"sound,speech"`
	Optional bool   `json:"optional,omitempty" doc:"A gap that changes nothing about the outcome: the plugin is not required."`
}

// Detail is a watch with everything that happened in it.
type Detail struct {
	Watch
	Parts     []Part   `json:"parts" doc:"Who plays which part, with what speaks for and against it." nullable:"false"`
	Slots     []Slot   `json:"slots" doc:"What happened, in slots of ten seconds; those in which nothing did are left out." nullable:"false"`
	Marks     []Mark   `json:"marks" doc:"Matches, findings of the chat, and what was not checked, in order of time." nullable:"false"`
	Speech    Speech   `json:"speech" doc:"How what is said in it is listened to."`
	Unchecked []string `json:"unchecked" doc:"What was not looked at throughout: sound, speech, chat, payments, broadcaster_age (neither you nor a classifier of yours said), accounts (more than are kept)." nullable:"false"`
}

// Conversation is the name under which a stream's chat is a conversation.
func Conversation(watch string) string { return "live/" + watch }
