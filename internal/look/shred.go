package look

import "github.com/jaga-project/jaga/internal/store"

// ShredLeast is for how many days at least views are kept: limits and the figures
// of teams are counted from them.
const ShredLeast = 90

// Shred removes who looked at the files of a case, when and for how long, in the
// caller's transaction, which writes the custody record, and returns how many rows
// that were. That a file was viewed or heard, how often, and since when stays,
// without by whom: reports say it truthfully, and nobody has to look again.
func Shred(tx *store.Tx, caseID int64) (n int64, err error) {
	type kept struct {
		File                string
		Views, Heard, First int64
	}
	files, err := store.All[kept](tx, `SELECT file_key, CAST(SUM(CASE WHEN clear >= $1 THEN 1 ELSE 0 END) AS BIGINT), CAST(SUM(CASE WHEN heard >= $1 THEN 1 ELSE 0 END) AS BIGINT),
		COALESCE(MIN(CASE WHEN clear >= $1 THEN began_at END), 0) FROM look_reveals WHERE case_id = $2 GROUP BY file_key ORDER BY file_key`, ViewedAfter.Microseconds(), caseID)
	if err != nil {
		return 0, err
	}
	exif, err := store.All[string](tx, `SELECT DISTINCT file_key FROM look_exif WHERE session_id IN (SELECT id FROM look_sessions WHERE case_id = $1) ORDER BY file_key`, caseID)
	if err != nil {
		return 0, err
	}
	keep := func(file string, views, heard, exif, first int64) error {
		_, err := tx.Exec(`INSERT INTO look_kept (file_key, views, heard, exif, first_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (file_key) DO UPDATE SET views = look_kept.views + excluded.views, heard = look_kept.heard + excluded.heard, exif = look_kept.exif + excluded.exif,
			first_at = CASE WHEN look_kept.first_at = 0 THEN excluded.first_at WHEN excluded.first_at = 0 OR excluded.first_at > look_kept.first_at THEN look_kept.first_at ELSE excluded.first_at END`,
			file, views, heard, exif, first)
		return err
	}
	for _, f := range files {
		if err := keep(f.File, f.Views, f.Heard, 0, f.First); err != nil {
			return 0, err
		}
	}
	for _, file := range exif {
		if err := keep(file, 0, 0, 1, 0); err != nil {
			return 0, err
		}
	}
	for _, q := range []string{
		`DELETE FROM look_exif WHERE session_id IN (SELECT id FROM look_sessions WHERE case_id = $1)`,
		`DELETE FROM look_reveals WHERE case_id = $1`,
		`DELETE FROM look_sessions WHERE case_id = $1`,
		`UPDATE look_decisions SET person = '' WHERE case_id = $1 AND person <> ''`,
	} {
		touched, err := tx.Exec(q, caseID)
		if err != nil {
			return 0, err
		}
		n += touched
	}
	return n, nil
}
