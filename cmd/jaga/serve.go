package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/datadir"
)

// shutdownTime is how long requests under way may still take when the server
// is asked to stop.
const shutdownTime = 10 * time.Second

func (a *app) serveCmd() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server: the console, the API and HMA's API",
		Long: `Run the server. It holds the data directory, so one server runs on it at a
time; the other commands ask the running server for what they change.

The first start makes the data directory, and prints a link with which one
person can sign in to the console and one API key. Both are shown only then.
The server listens on this machine only, unless --listen or server.listen says
otherwise; put a proxy that speaks TLS in front before others can reach it.

It stops on Ctrl-C or SIGTERM when the requests under way are answered.`,
		Example: "  jaga serve\n  JAGA_DATA=/var/lib/jaga jaga serve --listen 127.0.0.1:9000",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.load(); err != nil {
				return err
			}
			if cmd.Flags().Changed("listen") {
				a.cfg.Server.Listen = listen
				if err := a.cfg.check(); err != nil {
					return &usageError{err}
				}
			}
			return a.serve(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", "`ADDRESS` and port to listen on (default 127.0.0.1:8474)")
	return cmd
}

func (a *app) serve(ctx context.Context) error {
	log, err := a.logger()
	if err != nil {
		return err
	}
	// The directory first: a second server should hear about it, and not about
	// the port.
	s, err := a.openSite(ctx, true, log)
	if err != nil {
		return err
	}
	defer s.close()
	// Packs that are wrong are told of now, and not with the first message.
	if _, err := s.talk.Detector(); err != nil {
		return err
	}
	ln, err := net.Listen("tcp", a.cfg.Server.Listen)
	if err != nil {
		return errorf(jaga.CodeUnavailable, hintOf(err), "listen: %w", err)
	}
	reach := reachable(ln.Addr())
	url := a.publicURL(reach)
	h, err := a.handler(s, url)
	if err != nil {
		_ = ln.Close()
		return err
	}
	srv := &http.Server{
		Handler: h,
		// Slow clients cost a connection, so headers must come quickly; bodies
		// may be large lists and take as long as they go on arriving.
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	if err := a.welcome(ctx, s, url); err != nil {
		_ = ln.Close()
		return err
	}
	local := "http://" + reach
	withdraw, err := s.dir.Announce(datadir.Server{URL: local, Key: s.auth.LocalKey()})
	if err != nil {
		_ = ln.Close()
		return err
	}
	defer withdraw()
	if err := s.demoAgain(ctx); err != nil {
		log.Error("start the plugins of the demonstration", "error", err)
	}

	var beside sync.WaitGroup
	work, stop := context.WithCancel(ctx)
	beside.Go(func() { s.tend(work) })
	defer beside.Wait()
	defer stop()

	if !a.json {
		fmt.Fprintf(a.Out, "Jaga keeps watch at %s   (Ctrl-C stops it)\n", url)
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	if at, err := netip.ParseAddrPort(ln.Addr().String()); err == nil && !at.Addr().IsLoopback() {
		log.Warn("others can reach this server, and it speaks plain HTTP; put a proxy with TLS in front", "listen", ln.Addr().String())
	}
	log.Info("started", "url", url, "data", s.dir.Path, "store", s.db.Engine(), "hashes", total(s.engine.Stats().Entries))
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping")
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	if err := srv.Shutdown(last); errors.Is(err, context.DeadlineExceeded) {
		log.Warn("some requests were cut off")
		_ = srv.Close()
	} else if err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return nil
}

// reachable is where this machine reaches a listener: one on all addresses is
// reached on the loopback one.
func reachable(addr net.Addr) string {
	at, err := netip.ParseAddrPort(addr.String())
	if err != nil || !at.Addr().IsUnspecified() {
		return addr.String()
	}
	return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), at.Port()).String()
}

func total[K comparable](counts map[K]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

func (a *app) initCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "init",
		Short: "Make the data directory without starting the server",
		Long: `Make the data directory and the database, and print a link with which one
person can sign in to the console, once the server runs, and one API key. Both
are shown only then. jaga serve does the same at its first start.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.load(); err != nil {
				return err
			}
			log, err := a.logger()
			if err != nil {
				return err
			}
			s, err := a.openSite(cmd.Context(), true, log)
			if err != nil {
				return err
			}
			defer s.close()
			if !s.dir.Created {
				return errorf(jaga.CodeConflict, "jaga sign-in makes a new link, jaga key create a new key", "%s is an installation already", s.dir.Path)
			}
			if _, err := s.talk.Detector(); err != nil {
				return err
			}
			if err := a.welcome(cmd.Context(), s, a.publicURL(a.cfg.Server.Listen)); err != nil {
				return err
			}
			s.checkpoint(cmd.Context())
			return nil
		},
	}
}
