// A film or a sound that is not part of the page: its pictures are drawn on the
// veil's canvas, so that it has no controls, no menu and no window of its own. It
// is silent and stands still until somebody wants it otherwise, and the browser
// fetches only parts of it.

// openFilm opens the film at an address and tells on.ready once its first picture
// is there, on.frame for every picture after it, on.time as it goes on, and
// on.failed with whether something had been there before.
export function openFilm(kind, address, at, on) {
  const media = document.createElement(kind === "audio" ? "audio" : "video");
  media.muted = true;
  media.defaultMuted = true;
  media.preload = "metadata"; // and the first picture, without what follows
  media.playsInline = true;
  media.disablePictureInPicture = true;
  media.disableRemotePlayback = true;
  let ready = false;
  let closed = false;
  let frames = 0;

  const draw = () => {
    if (closed || !ready || kind === "audio") return;
    on.frame();
  };
  // Pictures as they come, where the browser tells of them; otherwise as the
  // screen is drawn.
  const follow = () => {
    if (closed) return;
    draw();
    frames = media.requestVideoFrameCallback ? media.requestVideoFrameCallback(follow) : requestAnimationFrame(follow);
  };

  media.addEventListener("loadedmetadata", () => {
    if (kind !== "audio" && !media.videoWidth) return on.failed(false); // sound alone, which says that it is a film
    if (at > 0 && at < media.duration) media.currentTime = at;
  });
  const there = () => {
    if (closed || ready || media.seeking || media.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    ready = true;
    if (kind !== "audio") follow();
    on.ready();
  };
  media.addEventListener("loadeddata", there);
  media.addEventListener("canplay", there);
  media.addEventListener("seeked", () => (ready ? draw() : there()));
  for (const what of ["timeupdate", "durationchange", "ended"]) media.addEventListener(what, () => !closed && on.time());
  media.addEventListener("error", () => !closed && on.failed(ready));
  media.src = address;

  return {
    image: media,
    get width() {
      return media.videoWidth;
    },
    get height() {
      return media.videoHeight;
    },
    get at() {
      return media.ended ? 0 : media.currentTime;
    },
    get length() {
      return Number.isFinite(media.duration) ? media.duration : 0;
    },
    // heard reports whether it plays with its sound on.
    get heard() {
      return ready && !media.paused && !media.muted;
    },
    seek(to) {
      media.currentTime = Math.max(0, Math.min(to, media.duration || 0));
    },
    set(plays, sound) {
      media.muted = !sound;
      if (!plays) return media.pause();
      media.play().catch((error) => {
        if (closed || error.name !== "NotAllowedError" || media.muted) return;
        media.muted = true; // the browser wants another press for sound
        on.muted();
        media.play().catch(() => {});
      });
    },
    close() {
      closed = true;
      if (media.cancelVideoFrameCallback) media.cancelVideoFrameCallback(frames);
      else cancelAnimationFrame(frames);
      media.pause();
      media.removeAttribute("src");
      media.load(); // lets go of the connection and of what was fetched
    },
  };
}
