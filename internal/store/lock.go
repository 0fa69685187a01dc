package store

// Lock takes the lock that every writer of a custody record takes, until the
// transaction ends. A transaction that reads before it decides what to write,
// and records that later, takes it first: so transactions come one after
// another on both engines, and in one order.
func (tx *Tx) Lock() error {
	_, err := One[int64](tx, `SELECT size FROM custody_head WHERE id = 1 {{forupdate}}`)
	return err
}
