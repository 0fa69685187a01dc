package main

import (
	"context"
	"encoding/json"
	"errors"
	"hash/fnv"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/plugin"
	"github.com/jaga-project/jaga/internal/store"
)

// The plugins of a demonstration. The matcher is for films, which no demonstration
// has, so nobody asks it.
const (
	demoClassifier = "demo-classifier"
	demoMatcher    = "demo-matcher"
)

// demoPlugins starts the plugins of the demonstration, on this machine only, and
// has them asked until the server stops. Started again, it does nothing.
func (s *site) demoPlugins() error {
	if s.demoPeer != nil {
		return nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	peer := http.NewServeMux()
	demoPeer(peer, "", plugin.About{Contract: plugin.Contract, Name: demoClassifier, Version: "1.0", Kind: plugin.Classifier, Items: []jaga.Kind{jaga.KindImage}}, func(body io.Reader) (out plugin.Signals, err error) {
		sum := fnv.New32a()
		_, err = io.Copy(sum, body)
		// The number says nothing about the picture, and its name says so.
		out.Signals = []plugin.Signal{{Category: "demo-number", Score: float64(sum.Sum32()%100) / 100}}
		return out, err
	})
	demoPeer(peer, "/films", plugin.About{Contract: plugin.Contract, Name: demoMatcher, Version: "1.0", Kind: plugin.Matcher, Items: []jaga.Kind{jaga.KindVideo}}, func(io.Reader) (plugin.Signals, error) {
		return plugin.Signals{Signals: []plugin.Signal{}}, nil
	})
	s.demoPeer = &http.Server{Handler: peer, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second}
	go func() {
		if err := s.demoPeer.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("the plugin of the demonstration ended", "error", err)
		}
	}()
	url := "http://" + l.Addr().String()
	for _, c := range []plugin.Config{
		{Name: demoClassifier, URL: url, Kind: plugin.Classifier, Items: []jaga.Kind{jaga.KindImage}, PerDay: 5000},
		{Name: demoMatcher, URL: url + "/films", Kind: plugin.Matcher, Items: []jaga.Kind{jaga.KindVideo}},
	} {
		if err := s.plugins.Join(context.Background(), c); err != nil {
			return err
		}
	}
	return nil
}

// demoPeer speaks the contract of plugins under a prefix.
func demoPeer(mux *http.ServeMux, prefix string, about plugin.About, answer func(body io.Reader) (plugin.Signals, error)) {
	reply := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v) // whoever asked may be gone
	}
	mux.HandleFunc("GET "+prefix+"/v1/about", func(w http.ResponseWriter, _ *http.Request) { reply(w, about) })
	mux.HandleFunc("POST "+prefix+"/v1/signals", func(w http.ResponseWriter, r *http.Request) {
		parts, err := r.MultipartReader()
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		for {
			part, err := parts.NextPart()
			if err != nil {
				http.Error(w, "there is no body", http.StatusBadRequest)
				return
			}
			if part.FormName() != "body" {
				continue
			}
			out, err := answer(part)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			reply(w, out)
			return
		}
	})
}

// demoAgain starts what a demonstration brought with it, when the installation is
// one of a demonstration.
func (s *site) demoAgain(ctx context.Context) error {
	var filled int64
	if err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		filled, err = store.CustodyCount(tx, store.CustodyFilter{Action: demoFilled}, 1)
		return err
	}); err != nil || filled == 0 {
		return err
	}
	s.help.Join(demoRows()...)
	return s.demoPlugins()
}
