package live

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jaga-project/jaga/internal/store"
)

type watchRow struct {
	ID              string
	At              int64
	By, State, Kind string
	Shown           string
	Source          []byte
	Ref, Account    string
	Settings        string
	EndedAt         int64
	Why, Counts     string
	People          []byte
}

const watchColumns = `id, at, by_actor, state, kind, shown, source, ref, account, settings, ended_at, why, counts, people`

// settings are those of a watch that never change.
type settings struct {
	Banks []string `json:"banks,omitempty"`
	Rule  Rule     `json:"rule"`
	Draw  float64  `json:"draw"`
}

func (r watchRow) watch() (w Watch, set settings, err error) {
	w = Watch{ID: r.ID, State: State(r.State), Kind: r.Kind, Source: r.Shown, Ref: r.Ref, Account: r.Account, Conversation: Conversation(r.ID),
		By: r.By, StartedAt: time.UnixMicro(r.At).UTC(), Why: r.Why}
	if r.EndedAt != 0 {
		at := time.UnixMicro(r.EndedAt).UTC()
		w.EndedAt = &at
	}
	if err = json.Unmarshal([]byte(r.Settings), &set); err == nil {
		err = json.Unmarshal([]byte(r.Counts), &w.Counts)
	}
	if err != nil {
		return w, set, fmt.Errorf("stored watch %s: %w", r.ID, err)
	}
	w.Banks, w.Matching, w.Of = orEmpty(set.Banks), set.Rule.Matching, set.Rule.Of
	return w, set, nil
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func loadMarks(tx *store.Tx, watch string) (out []Mark, err error) {
	rows, err := store.All[string](tx, `SELECT mark FROM live_marks WHERE watch = $1 ORDER BY from_at DESC, id DESC LIMIT $2`, watch, int64(mostMarks)) // the newest, as in memory
	for _, r := range slices.Backward(rows) {
		var m Mark
		if err := json.Unmarshal([]byte(r), &m); err != nil {
			return nil, fmt.Errorf("stored mark of watch %s: %w", watch, err)
		}
		out = append(out, m)
	}
	return out, err
}

func saveMark(tx *store.Tx, watch string, m Mark) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO live_marks (watch, id, kind, from_at, until_at, mark) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (watch, id) DO UPDATE SET until_at = excluded.until_at, mark = excluded.mark`,
		watch, m.ID, m.Kind, m.From.UnixMicro(), m.Until.UnixMicro(), string(text))
	return err
}

func loadSlots(tx *store.Tx, watch string) (out []Slot, err error) {
	type row struct{ At, Chat, Directing, Gifts, Frames, Matches int64 }
	rows, err := store.All[row](tx, `SELECT at, chat, directing, gifts, frames, matches FROM live_slots WHERE watch = $1 ORDER BY at DESC LIMIT $2`, watch, int64(KeepSlots))
	for i := len(rows) - 1; i >= 0; i-- {
		r := rows[i]
		out = append(out, Slot{time.UnixMicro(r.At).UTC(), int(r.Chat), int(r.Directing), int(r.Gifts), int(r.Frames), int(r.Matches)})
	}
	return out, err
}

func saveSlot(tx *store.Tx, watch string, s Slot) error {
	_, err := tx.Exec(`INSERT INTO live_slots (watch, at, chat, directing, gifts, frames, matches) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (watch, at) DO UPDATE SET chat = excluded.chat, directing = excluded.directing, gifts = excluded.gifts, frames = excluded.frames, matches = excluded.matches`,
		watch, s.At.UnixMicro(), int64(s.Chat), int64(s.Directing), int64(s.Gifts), int64(s.Frames), int64(s.Matches))
	return err
}
