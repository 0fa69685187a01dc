package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// request asks a worker, ours or the peers', to do something and to time it.
type request struct {
	Do     string   `json:"do"`
	Files  []string `json:"files,omitempty"`
	Width  int      `json:"width,omitempty"`
	Height int      `json:"height,omitempty"`
	Reps   int      `json:"reps,omitempty"`  // how often all files are gone through
	Kind   string   `json:"kind,omitempty"`  // which index
	Count  int      `json:"count,omitempty"` // codes, or queries
	From   int      `json:"from,omitempty"`  // the first query
	Radius int      `json:"radius,omitempty"`
}

// reply is what the worker measured, and what came out, so that both sides can
// be seen to have done the same.
type reply struct {
	NS      float64            `json:"ns"` // for one file, query or build
	Bytes   int64              `json:"bytes,omitempty"`
	Answers []string           `json:"answers,omitempty"`
	Info    map[string]string  `json:"info,omitempty"`
	Facts   map[string]float64 `json:"facts,omitempty"`
	Error   string             `json:"error,omitempty"`
}

// worker is a process that answers requests, a line each.
type worker struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func start(dir string, env []string, name string, args ...string) (*worker, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	cmd.Env = append(os.Environ(), env...)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a worker: %w", err)
	}
	return &worker{cmd, in, bufio.NewReaderSize(out, 1<<20)}, nil
}

func (w *worker) ask(r request) (reply, error) {
	line, err := json.Marshal(r)
	if err != nil {
		return reply{}, err
	}
	if _, err := w.in.Write(append(line, '\n')); err != nil {
		return reply{}, fmt.Errorf("%s: ask: %w", r.Do, err)
	}
	text, err := w.out.ReadBytes('\n')
	if err != nil {
		return reply{}, fmt.Errorf("%s: the worker stopped: %w", r.Do, err)
	}
	var a reply
	if err := json.Unmarshal(text, &a); err != nil {
		return reply{}, fmt.Errorf("%s: %w", r.Do, err)
	}
	if a.Error != "" {
		return reply{}, errors.New(a.Error)
	}
	return a, nil
}

func (w *worker) close() error {
	return errors.Join(w.in.Close(), w.cmd.Wait())
}
