package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jaga-project/jaga/internal/jail"
)

// examineDecoders tells how decoders of hostile files are confined here, and what
// the installed ffmpeg decodes.
func (a *app) examineDecoders() []examined {
	r := jail.Check()
	e := examined{Name: "jail", State: "ok", Detail: r.String()}
	switch {
	case !r.Confined() && a.cfg.Media.AllowUnconfined:
		e = examined{"jail", "bad", r.String() + ": video and sound are decoded all the same, because media.allow_unconfined is set", "a hole in a decoder is a hole in this machine; use a kernel that has Landlock, and remove the setting"}
	case !r.Confined():
		e = examined{"jail", "note", r.Missing, "video and sound are not checked until it is there; docs/media.md"}
	case !r.Namespaces:
		e.Hint = "the kernel lets nobody make namespaces here; the other protections are enough"
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	about, err := a.decoder(1).About(ctx)
	if err != nil {
		return []examined{e, {"ffmpeg", "note", err.Error(), "install ffmpeg with ffprobe to have video, sound, AVIF and JPEG XL checked"}}
	}
	detail := fmt.Sprintf("%s %s", about.Version, about.Path)
	if len(about.Missing) > 0 {
		detail += "; it decodes no " + strings.Join(about.Missing, ", ")
	}
	return []examined{e, {Name: "ffmpeg", State: "ok", Detail: detail}}
}
