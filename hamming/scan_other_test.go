//go:build purego || !amd64

package hamming

func kernels() []kernel { return []kernel{{"scan", scan}} }
