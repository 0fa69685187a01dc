package live

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
)

func TestParseSource(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"https://cdn.example/live/secret/a.m3u8?token=secret": {KindHLS, "https://cdn.example/live/…"},
		"http://cdn.example:8080/secret.m3u8":                 {KindHLS, "http://cdn.example:8080/…"},
		"rtmp://user:secret@host.example/app/secret":          {KindRTMP, "rtmp://host.example/app/…"},
		"rtmps://host.example/app/secret":                     {KindRTMP, "rtmps://host.example/app/…"},
		"srt://host.example:9000?passphrase=secret":           {KindSRT, "srt://host.example:9000"},
		"listen:rtmp://127.0.0.1:1935/live/secret":            {KindListen, "listen:rtmp://127.0.0.1:1935/live/…"},
		"listen:srt://[::1]:9000":                             {KindListen, "listen:srt://[::1]:9000"},
		"listen:rtmps://127.0.0.1:1935/live/secret":           {KindListen, "listen:rtmps://127.0.0.1:1935/live/…"},
		"wss://host.example/pictures/secret?token=secret":     {KindSocket, "wss://host.example/pictures/…"},
		"push":   {KindPush, "push"},
		"frames": {KindFrames, "frames"},
	} {
		s, err := ParseSource(text)
		if err != nil || s.Kind != want[0] || s.Shown != want[1] {
			t.Errorf("%s: %s %s %v", text, s.Kind, s.Shown, err)
		}
		if strings.Contains(s.Shown, "secret") {
			t.Errorf("%s is shown with its secret: %s", text, s.Shown)
		}
	}
	for _, text := range []string{
		"", "nonsense", "/etc/passwd", "file:///etc/passwd", "concat:a|b", "https://", "udp://host.example:1", "https://host.example/a b", "rtmp://host.example:0/secret",
		"srt://host.example", "srt://host.example:1?mode=listener", "listen:https://host.example/secret", "listen:rtmp://host.example:1935/secret", "listen:wss://127.0.0.1:1935/secret", "wss://",
		"https://host.example/a\n", "subfile,,start,0,end,0,,:/etc/passwd", strings.Repeat("a", 3000),
	} {
		if _, err := ParseSource(text); jaga.CodeOf(err) != jaga.CodeInvalid || strings.Contains(err.Error(), "secret") {
			t.Errorf("%.60s: %v", text, err)
		}
	}
}

// Private networks and ports to listen on are for whoever runs the server to allow.
func TestReach(t *testing.T) {
	t.Parallel()
	own := Reach{Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Listen: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:1935")}}
	for text, want := range map[string][2]bool{ // with nothing allowed, with own
		"https://10.1.2.3/a.m3u8":          {false, true},
		"https://127.0.0.1/a.m3u8":         {false, false},
		"rtmp://169.254.169.254/a/b":       {false, false},
		"srt://[::ffff:10.0.0.1]:9":        {false, true},
		"https://1.1.1.1/a.m3u8":           {true, true},
		"https://name.example/a.m3u8":      {true, true}, // shows when it is resolved
		"listen:rtmp://127.0.0.1:1935/a/b": {false, true},
		"listen:rtmp://0.0.0.0:1935/a/b":   {false, false},
		"wss://10.0.0.1/a":                 {false, true},
		"ws://127.0.0.1/a":                 {false, false},
		"listen:rtmps://127.0.0.1:1935/a":  {false, false}, // no certificate
		"push":                             {true, true},
	} {
		s, err := ParseSource(text)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range []Reach{{}, own} {
			if err := s.check(r); (err == nil) != want[i] || err != nil && jaga.CodeOf(err) != jaga.CodeDenied {
				t.Errorf("%s with %v: %v", text, r, err)
			}
		}
	}
	local, err := ParseSource("rtmp://localhost/a/b")
	if err != nil {
		t.Fatal(err)
	}
	if a, err := local.resolve(t.Context(), own); err == nil {
		t.Errorf("localhost is reached at %s", a)
	}
}

func FuzzParseSource(f *testing.F) {
	for _, s := range []string{"https://a.example/b.m3u8", "listen:srt://127.0.0.1:9", "rtmp://u:p@a/b/c", "push", "srt://a:1?mode=x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSource(text)
		if err != nil {
			if jaga.CodeOf(err) != jaga.CodeInvalid {
				t.Fatal(err)
			}
			return
		}
		if s.Shown == "" || s.Kind == "" {
			t.Fatalf("%q: %+v", text, s)
		}
		_ = s.check(Reach{})
	})
}
