package store

// VerifyTx is [DB.VerifyCustody] within a transaction, so that a test can break
// a log, look, and roll back.
func VerifyTx(tx *Tx, verifier, outside string) (int64, error) {
	return verifyCustody(tx, verifier, outside, nil)
}
