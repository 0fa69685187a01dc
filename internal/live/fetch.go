package live

import (
	"bufio"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jaga-project/jaga/internal/outbound"
)

// fetchProtocols are those that ffmpeg may use to fetch: never files, and nothing
// that a hostile playlist could name beside the web.
const fetchProtocols = "http,https,httpproxy,tcp,tls,crypto,rtmp,rtmps,srt,udp"

// stallTime is how long a source may send nothing before it is asked anew.
const stallTime = 15 * time.Second

// fetchMemory is what fetching may use, decodeMemory what decoding may: 4K pictures
// take about 300 MB.
const fetchMemory, decodeMemory = 512 << 20, 1 << 30

// fetcher is the process that fetches: it reads a stream and writes it in
// the container of a carrier, without decoding anything.
type fetcher struct {
	*running
	out   *os.File
	close func()
}

// startFetch starts it. in is the stream itself, for push; nil otherwise.
func startFetch(ctx context.Context, ff ffmpeg, s Source, reach Reach, format string, in io.Reader) (*fetcher, error) {
	args := []string{"-nostdin", "-hide_banner", "-loglevel", "error", "-probesize", "1000000", "-analyzeduration", "1000000", "-fpsprobesize", "0"}
	closers := []func(){}
	closeAll := func() {
		for _, f := range closers {
			f()
		}
	}
	if s.Kind == KindPush {
		if s.plain {
			args = append(args, "-re")
		}
		args = append(args, "-protocol_whitelist", "pipe", "-i", "pipe:0")
	} else {
		input, options, stop, err := s.input(ctx, reach)
		if err != nil {
			return nil, err
		}
		closers = append(closers, stop)
		args = append(append(args, options...), "-i", input)
	}
	// Copied, never decoded: a process that has the network must not run the
	// decoders of what strangers send. Sound goes along for whoever listens to it
	// later, as evidence.
	args = append(args, "-map", "0:v:0", "-map", "0:a:0?", "-c", "copy")
	args = append(append(args, carrierArgs(format)...), "pipe:1")
	r, w, err := os.Pipe()
	if err != nil {
		closeAll()
		return nil, err
	}
	run, err := ff.start(ctx, program{args: args, network: s.Kind != KindPush, memory: fetchMemory, stdin: in, stdout: w})
	_ = w.Close() // the process has it
	if err != nil {
		_ = r.Close()
		closeAll()
		return nil, err
	}
	return &fetcher{run, r, closeAll}, nil
}

// input says what ffmpeg opens, with its options. stop ends what was set up for it.
func (s Source) input(ctx context.Context, reach Reach) (input string, options []string, stop func(), err error) {
	stop = func() {}
	options = []string{"-protocol_whitelist", fetchProtocols}
	u, err := url.Parse(s.URL)
	if err != nil {
		return "", nil, stop, errors.New("the address cannot be read")
	}
	switch {
	case s.Kind == KindListen && u.Scheme == "rtmps":
		local, stop, err := startListener(s.host, reach.TLS)
		if err != nil {
			return "", nil, func() {}, err
		}
		u.Scheme, u.Host = "rtmp", local
		return u.String(), append(options, "-listen", "1"), stop, nil
	case s.Kind == KindListen && u.Scheme == "rtmp":
		return s.URL, append(options, "-listen", "1"), stop, nil
	case s.Kind == KindListen:
		return withQuery(u, "mode", "listener"), options, stop, nil
	case s.Kind == KindSRT:
		at, err := s.resolve(ctx, reach)
		if err != nil {
			return "", nil, stop, err
		}
		u.Host = at.String()
		return withQuery(u, "mode", "caller"), options, stop, nil
	case s.Kind == KindHLS:
		// A playlist names further addresses, so each connection goes through a
		// proxy of ours, which connects to allowed addresses only.
		proxy, close, err := startProxy(reach)
		if err != nil {
			return "", nil, stop, err
		}
		options = append(options, "-http_proxy", proxy, "-rw_timeout", micros(stallTime))
		if !s.file { // an option of playlists alone
			options = append(options, "-allowed_extensions", "ALL")
		}
		return s.URL, options, close, nil
	}
	// RTMP is one connection: to the address that was checked, under the name
	// that was asked for.
	at, err := s.resolve(ctx, reach)
	if err != nil {
		return "", nil, stop, err
	}
	named := *u
	if app, _, ok := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/"); ok {
		named.Path, named.RawQuery, named.User = "/"+app, "", nil
		options = append(options, "-rtmp_tcurl", named.String())
	}
	if u.Scheme == "rtmps" {
		local, stop, err := startCaller(ctx, at.String(), u.Hostname(), reach)
		if err != nil {
			return "", nil, func() {}, err
		}
		u.Scheme, u.Host = "rtmp", local
		return u.String(), append(options, "-rw_timeout", micros(stallTime)), stop, nil
	}
	u.Host = at.String()
	return u.String(), append(options, "-rw_timeout", micros(stallTime)), stop, nil
}

func withQuery(u *url.URL, name, value string) string {
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

func micros(d time.Duration) string {
	return strconv.FormatInt(d.Microseconds(), 10)
}

// startProxy starts an HTTP proxy on this machine that connects to allowed
// addresses only. It serves one fetching process and knows no names of its own.
func startProxy(reach Reach) (address string, stop func(), err error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	dial := outbound.Dial(reach.allowed, nil)
	transport := &http.Transport{DialContext: dial, DisableCompression: true, ResponseHeaderTimeout: stallTime, MaxResponseHeaderBytes: 64 << 10}
	srv := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodConnect {
			tunnel(w, r, dial)
			return
		}
		if !r.URL.IsAbs() || r.URL.Scheme != "http" {
			http.Error(w, "", http.StatusBadRequest)
			return
		}
		out := r.Clone(r.Context())
		out.RequestURI = ""
		out.Header.Del("Proxy-Connection")
		answer, err := transport.RoundTrip(out)
		if err != nil {
			http.Error(w, "", http.StatusBadGateway)
			return
		}
		defer answer.Body.Close()
		maps.Copy(w.Header(), answer.Header)
		w.WriteHeader(answer.StatusCode)
		_, _ = io.Copy(flushing{w}, answer.Body) // who asked has gone
	})}
	go func() { _ = srv.Serve(ln) }() // its error is that of stop
	return "http://" + ln.Addr().String(), func() {
		_ = srv.Close()
		transport.CloseIdleConnections()
	}, nil
}

// flushing hands on what it gets at once.
type flushing struct{ w http.ResponseWriter }

func (f flushing) Write(p []byte) (int, error) {
	n, err := f.w.Write(p)
	_ = http.NewResponseController(f.w).Flush() // not every writer can
	return n, err
}

// tunnel connects both ends of a CONNECT, for TLS.
func tunnel(w http.ResponseWriter, r *http.Request, dial func(context.Context, string, string) (net.Conn, error)) {
	far, err := dial(r.Context(), "tcp", r.Host)
	if err != nil {
		http.Error(w, "", http.StatusBadGateway)
		return
	}
	defer far.Close()
	near, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer near.Close()
	if _, err := io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
		return
	}
	var both sync.WaitGroup
	pipe := func(to net.Conn, from io.Reader) {
		_, _ = io.Copy(to, from) // one end has gone
		_ = to.Close()
	}
	both.Go(func() { pipe(far, bufio.NewReader(io.MultiReader(buffered.Reader, near))) })
	both.Go(func() { pipe(near, far) })
	both.Wait()
}
