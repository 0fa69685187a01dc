package store

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
)

//go:embed schema/*.sql
var schema embed.FS

type migration struct {
	version int64
	name    string
	text    string
	digest  string
}

// migrations returns the embedded files in order. Names begin with a number,
// which is the version.
func migrations() ([]migration, error) {
	files, err := fs.Glob(schema, "schema/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	var out []migration
	for _, f := range files {
		name := strings.TrimPrefix(f, "schema/")
		number, _, _ := strings.Cut(name, "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("migration %s: its name does not begin with a number", name)
		}
		text, err := schema.ReadFile(f)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(text)
		out = append(out, migration{version, name, string(text), hex.EncodeToString(sum[:8])})
	}
	return out, nil
}

// migrate applies what is missing, each file in a transaction of its own. It
// refuses a database with migrations that this program does not know, or whose
// applied text differs.
func (db *DB) migrate(ctx context.Context) error {
	all, err := migrations()
	if err != nil {
		return err
	}
	err = db.Bulk(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`CREATE TABLE IF NOT EXISTS schema_versions (
			version BIGINT PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL, applied_at BIGINT NOT NULL)`)
		return err
	})
	if err != nil {
		return err
	}
	for _, m := range all {
		err := db.Bulk(ctx, func(tx *Tx) error {
			if db.Engine() == "postgres" {
				// Two processes that start at once take turns.
				if _, err := tx.Exec(`SELECT pg_advisory_xact_lock(7201774)`); err != nil {
					return err
				}
			}
			done, err := applied(tx, all)
			if err != nil || done[m.version] {
				return err
			}
			for stmt := range strings.SplitSeq(m.text, ";\n") {
				if strings.TrimSpace(stmt) == "" {
					continue
				}
				if _, err := tx.Exec(stmt); err != nil {
					return fmt.Errorf("migration %s: %w", m.name, err)
				}
			}
			_, err = tx.Exec(`INSERT INTO schema_versions (version, name, digest, applied_at) VALUES ($1, $2, $3, $4)`,
				m.version, m.name, m.digest, tx.Now())
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// applied returns the versions of the migrations that the database has, all of
// which must be among those this program knows.
func applied(tx *Tx, all []migration) (map[int64]bool, error) {
	known := map[int64]migration{}
	for _, m := range all {
		known[m.version] = m
	}
	rows, err := All[struct {
		Version int64
		Name    string
		Digest  string
	}](tx, `SELECT version, name, digest FROM schema_versions ORDER BY version`)
	if err != nil {
		return nil, err
	}
	done := map[int64]bool{}
	for _, d := range rows {
		done[d.Version] = true
		switch k, ok := known[d.Version]; {
		case !ok:
			return nil, &jaga.Error{Code: jaga.CodeConflict, Field: "store",
				Msg:  fmt.Sprintf("the database was written by a newer version of Jaga: it has schema %s, this program knows up to %s", d.Name, all[len(all)-1].name),
				Hint: "start the newer version, or restore a backup made before the upgrade"}
		case k.digest != d.Digest:
			return nil, &jaga.Error{Code: jaga.CodeConflict, Field: "store",
				Msg:  fmt.Sprintf("schema %s in the database is not the one of this program", d.Name),
				Hint: "start the version of Jaga that created this database"}
		}
	}
	return done, nil
}

// checkSchema refuses a database whose schema is not exactly this program's.
func (db *DB) checkSchema(ctx context.Context) error {
	all, err := migrations()
	if err != nil {
		return err
	}
	return db.View(ctx, func(tx *Tx) error {
		done, err := applied(tx, all)
		if err != nil {
			return err
		}
		if len(done) < len(all) {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "store", Msg: "the database was written by an older version of Jaga",
				Hint: "start `jaga serve` once; it brings the database up to date"}
		}
		return nil
	})
}
