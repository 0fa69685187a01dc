package hamming

func scanNext(dst []uint32, next []uint16, pos []uint32, key uint16, limit int) []uint32 {
	return scanNextPortable(dst, next, pos, key, limit)
}
