package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// versionInfo is what `jaga version --json` prints.
type versionInfo struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified,omitempty"` // built from changed sources
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
	SQLite   string `json:"sqlite,omitempty"` // version of the driver, which carries SQLite
}

func readVersion() versionInfo {
	v := versionInfo{Version: "unknown", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	v.Version = info.Main.Version
	if v.Version == "" || v.Version == "(devel)" {
		v.Version = "development"
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	for _, m := range info.Deps {
		if m.Path == "modernc.org/sqlite" {
			v.SQLite = m.Version
		}
	}
	return v
}

func (a *app) versionCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the version and what it was built with",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			v := readVersion()
			if a.json {
				return a.printJSON(v)
			}
			fmt.Fprintf(a.Out, "jaga %s\n", v.Version)
			if v.Revision != "" {
				changed := ""
				if v.Modified {
					changed = ", with changes"
				}
				fmt.Fprintf(a.Out, "  revision  %s%s\n", v.Revision, changed)
			}
			fmt.Fprintf(a.Out, "  built     %s for %s/%s\n", v.Go, v.OS, v.Arch)
			if v.SQLite != "" {
				fmt.Fprintf(a.Out, "  sqlite    driver %s\n", v.SQLite)
			}
			return nil
		},
	}
}
