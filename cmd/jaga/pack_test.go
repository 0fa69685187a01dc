package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
)

// packCmd makes an archive of files, by the ending of its name zip, tar or gz (of a
// tar file):
//
//	pack ARCHIVE FILE...
func packCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: pack ARCHIVE FILE...")
	}
	var b, zipped bytes.Buffer
	z, t := zip.NewWriter(&zipped), tar.NewWriter(&b)
	for _, name := range args[1:] {
		data := []byte(ts.ReadFile(name))
		w, err := z.Create(name)
		ts.Check(err)
		_, err = w.Write(data)
		ts.Check(err)
		ts.Check(t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(data))}))
		_, err = t.Write(data)
		ts.Check(err)
	}
	ts.Check(z.Close())
	ts.Check(t.Close())
	switch filepath.Ext(args[0]) {
	case ".zip":
		b = zipped
	case ".gz":
		var packed bytes.Buffer
		g := gzip.NewWriter(&packed)
		_, err := g.Write(b.Bytes())
		ts.Check(err)
		ts.Check(g.Close())
		b = packed
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o666))
}
