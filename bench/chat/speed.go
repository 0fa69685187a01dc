package main

import (
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/pack"
)

// speed is how fast ordinary messages are observed, by one goroutine.
type speed struct {
	PerSecond float64   `json:"messages_per_second"` // median of the rounds
	Rounds    []float64 `json:"rounds"`
	P50       float64   `json:"p50_ns"` // of one message, each timed alone
	P99       float64   `json:"p99_ns"`
	// Allocations are those of a message in a conversation that runs already,
	// Unhit those of a message in which no rule is found, of which there are
	// the share Quietly.
	Allocations float64 `json:"allocations_per_message"`
	Unhit       float64 `json:"allocations_per_message_without_hit"`
	Quietly     float64 `json:"messages_without_hit"`
	BytesText   float64 `json:"mean_bytes_of_text"`
	// Quiet and Busy are the bytes of memory that an ordered pair takes, with
	// its share of the conversation: without evidence, and with much of it.
	// Kept is what the busy one takes when it is written down.
	Quiet float64 `json:"bytes_a_quiet_pair"`
	Busy  float64 `json:"bytes_a_busy_pair"`
	Kept  float64 `json:"bytes_a_busy_pair_written"`
}

// everyday are short ordinary messages in both languages.
var everyday = []string{
	"good morning", "did you finish the homework", "lol same", "what time is practice", "brb dinner", "nice goal yesterday",
	"can you send me the notes for maths", "i think it rains tomorrow", "the bus is late again", "ok see you at five",
	"haha that was so funny", "my dog ate the cable", "which page was it", "thanks!!", "the match starts at 7",
	"we are out of milk", "i'm at the library until four", "have you seen the new season", "happy birthday to you and your mum", "no worries",
	"selamat pagi", "udah ngerjain pr belum", "wkwkwk iya", "latihan jam berapa", "bentar ya makan dulu", "gol kemarin keren",
	"boleh pinjam catatan matematika", "kayaknya besok hujan", "busnya telat lagi", "oke ketemu jam lima",
	"kucingku tidur di keyboard", "halaman berapa tadi", "makasih ya", "pertandingannya mulai jam 7", "beras di rumah habis",
	"aku di perpustakaan sampai sore", "udah nonton episode baru belum", "selamat ulang tahun ya", "gpp santai aja", "hati-hati di jalan",
}

const (
	speedConversations = 2000
	speedMessages      = 50 // of each
	speedRounds        = 9
)

func measureSpeed(d *convo.Detector) (*speed, error) {
	s := &speed{}
	for _, text := range everyday {
		s.BytesText += float64(len(text)) / float64(len(everyday))
	}
	for range speedRounds {
		states := openStates(d, speedConversations)
		begin := time.Now()
		for i := range speedMessages {
			for k, state := range states {
				state.Observe(everydayMessage(i, k))
			}
		}
		s.Rounds = append(s.Rounds, float64(speedConversations*speedMessages)/time.Since(begin).Seconds())
	}
	s.PerSecond = middle(s.Rounds)
	times := make([]float64, 0, speedConversations*speedMessages)
	states := openStates(d, speedConversations)
	for i := range speedMessages {
		for k, state := range states {
			m := everydayMessage(i, k)
			begin := time.Now()
			state.Observe(m)
			times = append(times, float64(time.Since(begin).Nanoseconds()))
		}
	}
	slices.Sort(times)
	s.P50, s.P99 = times[len(times)/2], times[len(times)*99/100]
	s.Allocations = allocations(states, everyday)
	quiet, err := withoutHit(d)
	if err != nil {
		return nil, err
	}
	s.Unhit, s.Quietly = allocations(states, quiet), float64(len(quiet))/float64(len(everyday))
	s.Quiet, _, err = pairBytes(d, false)
	if err == nil {
		s.Busy, s.Kept, err = pairBytes(d, true)
	}
	return s, err
}

func openStates(d *convo.Detector, n int) []*convo.State {
	out := make([]*convo.State, n)
	for i := range out {
		out[i] = d.Open(convo.Head{ID: fmt.Sprint("c", i), Channel: convo.ChannelPrivate, People: []convo.Person{{ID: "a"}, {ID: "b"}}}, nil)
	}
	return out
}

var (
	toA, toB = []string{"a"}, []string{"b"}
	ids      = func() (out [speedMessages * 4]string) {
		for i := range out {
			out[i] = fmt.Sprint("m", i)
		}
		return out
	}()
)

// everydayMessage is the i-th message of the k-th conversation.
func everydayMessage(i, k int) convo.Message {
	m := convo.Message{ID: ids[i], From: "a", To: toB, At: noon.Add(time.Duration(i) * 20 * time.Second), Text: everyday[(i*7+k)%len(everyday)]}
	if i%2 == 1 {
		m.From, m.To = "b", toA
	}
	return m
}

// allocations counts those of messages in conversations that run already.
func allocations(states []*convo.State, texts []string) float64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n := 0
	for i := range speedMessages {
		for k, state := range states {
			m := everydayMessage(speedMessages+i, k)
			m.ID, m.Text = "", texts[(i*7+k)%len(texts)]
			state.Observe(m)
			n++
		}
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(n)
}

// withoutHit returns the everyday messages in which no rule is found.
func withoutHit(d *convo.Detector) ([]string, error) {
	m, err := pack.Compile(d.Packs()...)
	if err != nil {
		return nil, err
	}
	var out []string
	var s pack.Scan
	for _, text := range everyday {
		if m.Scan(&s, text, pack.Unknown, pack.Unknown); len(s.Hits) == 0 {
			out = append(out, text)
		}
	}
	return out, nil
}

// pairBytes returns how much memory grows for each ordered pair, and how many
// bytes it takes when written.
func pairBytes(d *convo.Detector, busy bool) (memory, written float64, err error) {
	const n = 5000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	states := openStates(d, n)
	for k, state := range states {
		for i := range 20 {
			state.Observe(everydayMessage(i, k))
		}
		if !busy {
			continue
		}
		for i, act := range []string{"G-04", "G-05", "G-08", "G-10", "G-11", "G-13", "G-15", "G-20", "G-21", "S-04", "S-05", "S-09"} {
			m := everydayMessage(20+2*i, k)
			m.Text, m.Act = "", act
			state.Observe(m)
			m.ID, m.From, m.To = ids[21+2*i], "b", toA
			state.Observe(m)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	bytes := 0
	for _, state := range states {
		data, err := state.AppendBinary(nil)
		if err != nil {
			return 0, 0, err
		}
		bytes += len(data)
	}
	runtime.KeepAlive(states)
	return float64(after.HeapAlloc-before.HeapAlloc) / (2 * n), float64(bytes) / (2 * n), nil
}

func middle(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}
