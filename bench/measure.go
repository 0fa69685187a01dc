package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

type options struct {
	only   string
	rounds int
	codes  int // millions
}

// run is one run of the comparison.
type run struct {
	opt   options
	root  string
	in    inputs
	r     *results
	ours  map[string]*worker // "jaga", and "portable": built without SIMD
	peers *worker            // nil if they are not set up
	can   map[string]string  // versions of the peers that are there
	vpdq  string             // that of vpdq, "" if it is not there
}

func measure(root string, opt options) (err error) {
	dir, err := filepath.Abs(filepath.Join(root, dataDir))
	if err != nil {
		return err
	}
	u := &run{opt: opt, root: root, in: inputs{dir}, ours: map[string]*worker{}, can: map[string]string{}}
	if err := os.MkdirAll(u.in.dir, 0o755); err != nil {
		return fmt.Errorf("make the folder of the inputs: %w", err)
	}
	if err := u.startWorkers(); err != nil {
		return err
	}
	defer func() {
		for _, w := range u.ours {
			err = errors.Join(err, w.close())
		}
		if u.peers != nil {
			err = errors.Join(err, u.peers.close())
		}
	}()
	now := thisMachine()
	now.Versions = u.can
	if u.r, err = earlier(root, now); err != nil {
		return err
	}
	for _, s := range pixelSizes {
		if err := u.measured("pixels "+s.String(), func(m *measured) error { return u.pixels(m, s) }); err != nil {
			return err
		}
	}
	for _, s := range jpegSizes {
		if err := u.measured("jpeg "+s.String(), func(m *measured) error { return u.jpeg(m, s) }); err != nil {
			return err
		}
	}
	for _, millions := range []int{1, 10, 100} {
		if millions > opt.codes {
			break
		}
		if err := u.measured(fmt.Sprintf("index %d", millions), func(m *measured) error { return u.index(m, millions) }); err != nil {
			return err
		}
	}
	if err := u.measured("film", u.films); err != nil {
		return err
	}
	if err := u.measured("import", u.imports); err != nil {
		return err
	}
	return u.measured("scan", u.scans)
}

// startWorkers builds and starts both of ours, and the peers if they are there.
func (u *run) startWorkers() error {
	for name, tags := range map[string]string{"jaga": "", "portable": "purego"} {
		bin := filepath.Join(u.in.dir, "bench-"+name)
		if out, err := u.command("go", "build", "-tags", tags, "-o", bin, "./bench").CombinedOutput(); err != nil {
			return fmt.Errorf("build the worker %s: %w\n%s", name, err, out)
		}
		path, err := filepath.Abs(bin)
		if err != nil {
			return err
		}
		if u.ours[name], err = start(".", nil, path, "worker"); err != nil {
			return err
		}
	}
	python, err := filepath.Abs(filepath.Join(u.root, peersDir, ".venv", "bin", "python"))
	if err != nil {
		return err
	}
	if _, err := os.Stat(python); err != nil {
		fmt.Fprintln(os.Stderr, "bench: the peers are not here: run bench/peers/setup. Measuring without them.")
		return nil
	}
	if u.peers, err = start(filepath.Join(u.root, peersDir), nil, python, "worker.py"); err != nil {
		return err
	}
	a, err := u.peers.ask(request{Do: "versions"})
	if err != nil {
		return err
	}
	for name, v := range a.Info {
		switch {
		case v == "":
		case name == "vpdq":
			// It stands with its own case, so that without it the others stay.
			u.vpdq = v
		default:
			u.can[name] = v
		}
	}
	return nil
}

func (u *run) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = u.root
	return cmd
}

// measured measures a case, if it is asked for, and keeps what came out.
func (u *run) measured(name string, do func(*measured) error) error {
	if !strings.HasPrefix(name, u.opt.only) {
		return nil
	}
	fmt.Fprintf(os.Stderr, "%s %s\n", time.Now().Format("15:04:05"), name)
	m := &measured{Case: name, Date: time.Now().UTC().Format("2006-01-02"), Times: map[string][]float64{}, Facts: map[string]float64{}}
	if err := do(m); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for side := range m.Times {
		fmt.Fprintf(os.Stderr, "         %-18s %12.0f ns\n", side, m.median(side))
	}
	u.r.put(m)
	return u.r.save(u.root)
}

// turn is one side of a comparison: what its worker is asked in each round.
type turn struct {
	side string
	w    *worker
	r    request
}

// available leaves out the sides of peers that are not here.
func (u *run) available(turns ...turn) []turn {
	return slices.DeleteFunc(turns, func(t turn) bool { return t.w == nil })
}

// peer is a side of the peers, if the package is there.
func (u *run) peer(side, pack string, r request) turn {
	if u.peers == nil || u.can[pack] == "" {
		fmt.Fprintf(os.Stderr, "bench: not measured: %s is not here\n", side)
		return turn{side: side}
	}
	return turn{side, u.peers, r}
}

// rounds lets the sides take turns. What they answered is returned by side; in
// every round the answers must be those of the first.
func (u *run) rounds(m *measured, n int, turns []turn) (map[string][]string, error) {
	answers := map[string][]string{}
	for round := range n + 1 {
		for _, t := range turns {
			a, err := t.w.ask(t.r)
			if err != nil {
				return nil, err
			}
			if round == 0 { // warms up, and is not counted
				answers[t.side] = a.Answers
				continue
			}
			if !slices.Equal(a.Answers, answers[t.side]) {
				return nil, fmt.Errorf("%s does not answer twice alike", t.side)
			}
			m.took(t.side, a.NS)
		}
	}
	return answers, nil
}

// pixels compares hashing pixels. Every answer must be the same, bit for bit.
func (u *run) pixels(m *measured, s size) error {
	files, err := u.in.pixels(s)
	if err != nil {
		return err
	}
	r := request{Do: "pixels jaga", Files: files, Width: s.w, Height: s.h}
	fast, slow, once := r, r, r
	fast.Reps, slow.Reps, once.Reps = 10, 3, 1
	reference, python := once, once
	reference.Do, python.Do = "pixels reference", "pixels pdqhash"
	turns := u.available(
		turn{"jaga", u.ours["jaga"], fast}, u.peer("pdqhash", "pdqhash", python),
		turn{"portable", u.ours["portable"], slow}, u.peer("reference", "reference", reference))
	answers, err := u.rounds(m, u.opt.rounds, turns)
	if err != nil {
		return err
	}
	for side, a := range answers {
		for i := range a {
			if a[i] != answers["jaga"][i] {
				return fmt.Errorf("%s: %s gives %s, jaga %s", files[i], side, a[i], answers["jaga"][i])
			}
		}
	}
	m.Facts["pictures"] = float64(s.pictures)
	return nil
}

// jpeg compares hashing files. The full way must give the peers' hashes.
func (u *run) jpeg(m *measured, s size) error {
	files, err := u.in.jpegs(s)
	if err != nil {
		return err
	}
	ask := func(do string, reps int) request { return request{Do: do, Files: files, Reps: reps} }
	decoder := u.peer("turbo", "turbo", ask("jpeg turbo decode", 2))
	turns := u.available(
		turn{"screen", u.ours["jaga"], ask("jpeg screen", 3)}, decoder,
		turn{"full", u.ours["jaga"], ask("jpeg full", 2)},
		u.peer("threatexchange", "threatexchange", ask("jpeg threatexchange", 1)),
		u.peer("pillow", "pillow", ask("jpeg pillow decode", 2)))
	answers, err := u.rounds(m, u.opt.rounds, turns)
	if err != nil {
		return err
	}
	for i, text := range answers["threatexchange"] { // has no quality
		if hash, _, _ := strings.Cut(answers["full"][i], " "); hash != text {
			return fmt.Errorf("%s: threatexchange gives %s, jaga %s", files[i], text, hash)
		}
	}
	m.Facts["pictures"] = float64(s.pictures)
	return nil
}
