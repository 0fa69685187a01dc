package plugin

import "github.com/jaga-project/jaga/internal/store"

// Why words of messages were not checked by a classifier that is set up for them.
const (
	MissedFull   = "full"   // more messages came in than classifiers answer
	MissedFailed = "failed" // a classifier had no answer
	MissedOff    = "off"    // none is set up any more
)

// missedDays is for how many days it is told that messages were not checked.
const missedDays = 7

const dayLong = 86_400_000_000 // microseconds

// NoteMissed counts messages that classifiers did not check, in the caller's
// transaction.
func NoteMissed(tx *store.Tx, why string, n int64) error {
	_, err := tx.Exec(`INSERT INTO classify_missed (day, why, n) VALUES ($1, $2, $3) ON CONFLICT (day, why) DO UPDATE SET n = classify_missed.n + excluded.n`, tx.Now()/dayLong, why, n)
	return err
}

// Missed is how many messages of the last seven days classifiers did not check, and
// since when, in microseconds by the day.
func Missed(tx *store.Tx) (n, since int64, err error) {
	got, err := store.One[struct{ N, Day int64 }](tx, `SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT), COALESCE(MIN(day), 0) FROM classify_missed WHERE day > $1`, tx.Now()/dayLong-missedDays)
	return got.N, got.Day * dayLong, err
}
