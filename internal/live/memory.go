package live

import (
	"cmp"
	"encoding/json"
	"slices"
)

// mostKept is how many accounts of a stream are written down: those who did
// something. Who only watched is counted anew after a restart.
const mostKept = 2000

// kept is a crowd as it is written down, sealed.
type kept struct {
	People map[string]*account `json:"people"`
	Beyond int                 `json:"beyond,omitempty"`
	Kinds  map[string]bool     `json:"kinds,omitempty"`
}

// weight orders accounts by how much they did.
func (a *account) weight() int {
	n := 4*(a.Directs+a.Tied+a.Prices+a.SpeaksFor+a.PaidInstead+a.Private+a.Captures) + 2*a.Gifts + a.Reports
	if a.Role != "" || a.OnScreen || a.AgeKnown || a.Platform != "" || a.Followers > 0 {
		n += 1000
	}
	return n
}

// encode writes the crowd down.
func (c *Crowd) encode() ([]byte, error) {
	ids := make([]string, 0, len(c.people))
	for id, a := range c.people {
		if a.weight() > 0 {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(x, y string) int {
		return cmp.Or(cmp.Compare(c.people[y].weight(), c.people[x].weight()), compareText(x, y))
	})
	k := kept{People: map[string]*account{}, Beyond: c.beyond, Kinds: c.kinds}
	for _, id := range ids[:min(len(ids), mostKept)] {
		k.People[id] = c.people[id]
	}
	return json.Marshal(k)
}

// decode takes back what encode wrote, with the slots of the time before.
func (c *Crowd) decode(text []byte, slots []Slot) error {
	var k kept
	if err := json.Unmarshal(text, &k); err != nil {
		return err
	}
	for id, a := range k.People {
		if a != nil {
			c.people[id] = a
		}
	}
	c.beyond, c.slots = k.Beyond, slots
	for kind := range k.Kinds {
		c.kinds[kind] = true
	}
	return nil
}
