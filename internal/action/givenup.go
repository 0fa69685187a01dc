package action

import "github.com/jaga-project/jaga/internal/store"

// GivenUp is a target whose deliveries were tried for the last time and wait for
// somebody to send them again. Tests that people made do not count.
type GivenUp struct {
	TargetID int64
	Target   string // its name
	N        int64
	At       int64 // of the newest event among them, in microseconds
}

// AllGivenUp lists the targets with deliveries that were given up, by name.
func AllGivenUp(tx *store.Tx) ([]GivenUp, error) {
	return store.All[GivenUp](tx, `SELECT t.id, t.name, COUNT(*), MAX(d.at) FROM hook_deliveries d JOIN hook_targets t ON t.id = d.target_id JOIN hook_events e ON e.id = d.event_id
		WHERE d.state = 'dead' AND t.removed_at = 0 AND e.kind <> 'test' GROUP BY t.id, t.name ORDER BY t.name, t.id`)
}
