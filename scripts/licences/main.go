// Licences prints the modules linked into a program whose licence does not
// fit Apache-2.0, or is not recognised. With -v it prints all of them, one
// line each: module, version, licence.
package main

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// marks are sentences that only one licence has; the first that is found
// names it. Licences that would bind the whole program are not listed, so
// that they count as not recognised.
var marks = []struct{ text, name string }{
	{"Apache License Version 2.0", "Apache-2.0"},
	{"Mozilla Public License Version 2.0", "MPL-2.0"},
	{"Mozilla Public License, version 2.0", "MPL-2.0"},
	{"Permission is hereby granted, free of charge, to any person obtaining a copy", "MIT"},
	{"Permission to use, copy, modify, and/or distribute this software for any purpose", "ISC"},
	{"Permission to use, copy, modify, and distribute this software for any purpose", "ISC"},
	{"Redistribution and use in source and binary forms", "BSD"},
	{"This is free and unencumbered software released into the public domain", "Unlicense"},
	{"CC0 1.0 Universal", "CC0-1.0"},
}

// never are words of licences that do not fit, wherever they stand.
var never = []string{"GNU GENERAL PUBLIC LICENSE", "GNU AFFERO", "GNU LESSER", "Server Side Public License", "Business Source License"}

// choice is how a licence begins that lets everybody choose one that fits.
const choice = "SPDX-License-Identifier: BSD-3-Clause OR "

func main() {
	args := os.Args[1:]
	verbose := len(args) > 0 && args[0] == "-v"
	if verbose {
		args = args[1:]
	}
	if len(args) != 1 {
		fmt.Fprintln(os.Stderr, "usage: licences [-v] PROGRAM")
		os.Exit(64)
	}
	info, err := buildinfo.ReadFile(args[0])
	if err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
	bad := false
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		name, err := licence(m.Path)
		if err != nil {
			bad = true
			fmt.Printf("%s %s: %v\n", m.Path, m.Version, err)
		} else if verbose {
			fmt.Println(m.Path, m.Version, name)
		}
	}
	if bad {
		os.Exit(1)
	}
}

func licence(path string) (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", path).Output()
	if err != nil {
		return "", fmt.Errorf("not in the module cache: %w", err)
	}
	dir := strings.TrimSpace(string(out))
	var files []string
	for _, pattern := range []string{"LICENSE*", "LICENCE*", "License*", "license*", "COPYING*", "UNLICENSE*"} {
		found, _ := filepath.Glob(filepath.Join(dir, pattern))
		files = append(files, found...)
	}
	if len(files) == 0 {
		return "", fmt.Errorf("no licence file")
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			return "", err
		}
		text := strings.Join(strings.Fields(strings.NewReplacer("//", " ", "*", " ").Replace(string(data))), " ")
		if strings.HasPrefix(text, "/ "+choice) || strings.HasPrefix(text, choice) {
			return "BSD, of two to choose from", nil
		}
		for _, w := range never {
			if strings.Contains(text, w) && !strings.Contains(text, "Mozilla Public License") {
				return "", fmt.Errorf("%s does not fit: %s", filepath.Base(f), w)
			}
		}
		for _, m := range marks {
			if strings.Contains(strings.ToLower(text), strings.ToLower(m.text)) {
				return m.name, nil
			}
		}
	}
	return "", fmt.Errorf("licence not recognised")
}
