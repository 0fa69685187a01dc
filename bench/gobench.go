package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
)

// bench compiles the benchmarks of a package, and returns what runs one of them
// and gives its metrics by their unit.
func (u *run) bench(pack, name string) (func(benchtime string) (map[string]float64, error), error) {
	bin, err := filepath.Abs(filepath.Join(u.in.dir, filepath.Base(pack)+".test"))
	if err != nil {
		return nil, err
	}
	if out, err := u.command("go", "test", "-c", "-o", bin, "./"+pack).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the benchmarks of %s: %w\n%s", pack, err, out)
	}
	return func(benchtime string) (map[string]float64, error) {
		cmd := u.command(bin, "-test.run=^$", "-test.bench=^"+name+"$", "-test.benchtime="+benchtime)
		cmd.Dir = filepath.Join(u.root, pack)
		out, err := cmd.CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", name, err, out)
		}
		m := metrics(string(out))
		if len(m) == 0 {
			return nil, fmt.Errorf("%s printed no metrics", name)
		}
		return m, nil
	}, nil
}

var benchLine = regexp.MustCompile(`(?m)^Benchmark\S+\s+\d+\s+(.*)$`)

// metrics reads what a Go benchmark printed, by unit.
func metrics(out string) map[string]float64 {
	found := map[string]float64{}
	for _, line := range benchLine.FindAllStringSubmatch(out, -1) {
		fields := strings.Fields(line[1])
		for i := 1; i < len(fields); i += 2 {
			if v, err := strconv.ParseFloat(fields[i-1], 64); err == nil {
				found[fields[i]] = v
			}
		}
	}
	return found
}

// imports measures a whole import of a million rows into SQLite: reading the
// list, finding what is there twice, storing, and building the index. The
// baseline is storing rows of the same shape alone.
func (u *run) imports(m *measured) error {
	whole, err := u.bench("internal/bank", "BenchmarkImportSQLite")
	if err != nil {
		return err
	}
	rows, err := u.bench("internal/store", "BenchmarkBulkInsertSQLite")
	if err != nil {
		return err
	}
	for range min(u.opt.rounds, 7) {
		a, err := whole("1x")
		if err != nil {
			return err
		}
		b, err := rows("5x")
		if err != nil {
			return err
		}
		m.took("import", 1e9/a["rows/s"])
		m.took("rows", 1e9/b["rows/s"])
	}
	return nil
}

// scans measures jaga scan beside the bare loop over the same files.
func (u *run) scans(m *measured) error {
	scan, err := u.bench("cmd/jaga", "BenchmarkScan")
	if err != nil {
		return err
	}
	for range min(u.opt.rounds, 5) { // drawing its pictures takes longer than scanning them
		a, err := scan("10x")
		if err != nil {
			return err
		}
		each := 1e9 / a["files/s"]
		m.took("loop", each*a["x-loop"])
		m.took("scan", each)
	}
	return nil
}

// thisMachine describes what is measured on.
func thisMachine() machine {
	cpu := "unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		info := map[string]string{}
		for line := range strings.Lines(string(text)) {
			if k, v, ok := strings.Cut(line, ":"); ok && info[strings.TrimSpace(k)] == "" {
				info[strings.TrimSpace(k)] = strings.TrimSpace(v)
			}
		}
		cpu = fmt.Sprintf("%s (family %s, model %s", info["model name"], info["cpu family"], info["model"])
		flags := strings.Fields(info["flags"])
		for _, want := range []string{"avx2", "avx512f"} {
			for _, f := range flags {
				if f == want {
					cpu += ", " + strings.ToUpper(f)
				}
			}
		}
		cpu += ")"
	}
	return machine{
		Machine: fmt.Sprintf("%s, %d virtual cores, %.0f GiB", cpu, runtime.NumCPU(), meminfo("MemTotal:")),
		System:  fmt.Sprintf("%s/%s, %s", runtime.GOOS, runtime.GOARCH, runtime.Version()),
	}
}
