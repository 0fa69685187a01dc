package store

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"strings"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// sqliteDriver has one writing connection, so that transactions queue in Go
// rather than fail, and a pool of read-only connections.
type sqliteDriver struct{ w, r *sql.DB }

// sqliteReaders is how many reads go on at a time: enough that a few slow ones
// hold nobody up.
const sqliteReaders = 12

func openSQLite(ctx context.Context, path string, readOnly bool) (driver, error) {
	dsn := func(pragmas ...string) string {
		v := url.Values{"_time_format": {"sqlite"}}
		for _, p := range append(pragmas, "busy_timeout(10000)", "foreign_keys(1)", "temp_store(2)", "secure_delete(fast)") {
			v.Add("_pragma", p)
		}
		return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + v.Encode()
	}
	first := []string{"journal_mode(WAL)", "synchronous(FULL)", "wal_autocheckpoint(4000)", "cache_size(-65536)"}
	if readOnly {
		if _, err := os.Stat(path); err != nil {
			return nil, err // opening would make the file
		}
		first = []string{"query_only(1)"}
	} else if err := ownFile(path); err != nil {
		return nil, err
	}
	w, err := sql.Open("sqlite", dsn(first...))
	if err != nil {
		return nil, err
	}
	w.SetMaxOpenConns(1)
	if err := w.PingContext(ctx); err != nil {
		_ = w.Close()
		return nil, translate("open "+path, err)
	}
	r, err := sql.Open("sqlite", dsn("query_only(1)", "mmap_size(1073741824)", "cache_size(-8192)"))
	if err != nil {
		_ = w.Close()
		return nil, err
	}
	r.SetMaxOpenConns(sqliteReaders)
	return &sqliteDriver{w, r}, nil
}

// ownFile makes a database file that only its owner can read, before SQLite
// makes one that everybody can. Its companions get the same mode.
func ownFile(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func (d *sqliteDriver) name() string { return "sqlite" }

func (d *sqliteDriver) begin(ctx context.Context, write bool) (conn, error) {
	pool, begin := d.r, "BEGIN"
	if write {
		pool, begin = d.w, "BEGIN IMMEDIATE"
	}
	c, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	// Not cut off by a caller who goes away: the driver would report that
	// although the transaction has begun, and the next user of the connection
	// would find themselves inside it. It waits for ten seconds at most.
	if _, err := c.ExecContext(context.WithoutCancel(ctx), begin); err != nil {
		_ = c.Close()
		return nil, err
	}
	return &sqliteConn{c}, nil
}

func (d *sqliteDriver) word(name string) (string, bool) {
	w, ok := map[string]string{
		"blob": "BLOB", "norowid": "WITHOUT ROWID", "forupdate": "", "skiplocked": "",
		"identity": "INTEGER PRIMARY KEY AUTOINCREMENT",
	}[name]
	return w, ok
}

func (d *sqliteDriver) placeholder(n string) string { return "?" + n }

func (d *sqliteDriver) close() error { return errors.Join(d.r.Close(), d.w.Close()) }

// bulk binds many rows to one prepared statement.
func (d *sqliteDriver) bulk(ctx context.Context, c conn, table string, columns []string, next func() ([]any, error)) (int64, error) {
	const batch = 200
	one := "(" + strings.TrimSuffix(strings.Repeat("?,", len(columns)), ",") + ")"
	insert := "INSERT INTO " + table + " (" + strings.Join(columns, ",") + ") VALUES "
	many, err := c.(*sqliteConn).c.PrepareContext(ctx, insert+strings.TrimSuffix(strings.Repeat(one+",", batch), ","))
	if err != nil {
		return 0, err
	}
	defer many.Close()
	args := make([]any, 0, batch*len(columns))
	var total int64
	for {
		row, err := next()
		if err != nil {
			return total, err
		}
		if row == nil {
			break
		}
		args = append(args, row...)
		if len(args) == batch*len(columns) {
			if _, err := many.ExecContext(ctx, args...); err != nil {
				return total, err
			}
			total += batch
			args = args[:0]
		}
	}
	if rest := len(args) / len(columns); rest > 0 {
		if _, err := c.exec(ctx, insert+strings.TrimSuffix(strings.Repeat(one+",", rest), ","), args); err != nil {
			return total, err
		}
		total += int64(rest)
	}
	return total, nil
}

type sqliteConn struct{ c *sql.Conn }

func (c *sqliteConn) exec(ctx context.Context, q string, args []any) (int64, error) {
	r, err := c.c.ExecContext(ctx, q, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (c *sqliteConn) query(ctx context.Context, q string, args []any) (rows, error) {
	r, err := c.c.QueryContext(ctx, q, args...)
	if err != nil {
		return nil, err
	}
	return sqliteRows{r}, nil
}

func (c *sqliteConn) commit(ctx context.Context) error {
	if _, err := c.c.ExecContext(ctx, "COMMIT"); err != nil {
		return err
	}
	return c.c.Close()
}

func (c *sqliteConn) rollback(ctx context.Context) error {
	_, err := c.c.ExecContext(ctx, "ROLLBACK")
	return errors.Join(err, c.c.Close())
}

type sqliteRows struct{ *sql.Rows }

func (r sqliteRows) Close() { _ = r.Rows.Close() }

func sqliteKind(err error) kind {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return kindOther
	}
	switch code := e.Code(); {
	case code == lib.SQLITE_CONSTRAINT_UNIQUE || code == lib.SQLITE_CONSTRAINT_PRIMARYKEY:
		return kindConflict
	case code&0xff == lib.SQLITE_FULL || code == lib.SQLITE_IOERR_WRITE:
		return kindFull
	case code&0xff == lib.SQLITE_CORRUPT || code&0xff == lib.SQLITE_NOTADB:
		return kindDamaged
	case code&0xff == lib.SQLITE_BUSY || code&0xff == lib.SQLITE_LOCKED:
		return kindBusy
	}
	return kindOther
}
