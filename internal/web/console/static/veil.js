// Shows a veiled file for as long as somebody holds a button. Nothing of it is
// fetched before, and nothing is kept after: the canvas loses its pixels and the
// picture is closed. The server says whether and how long it may be shown.

const sessions = new Map(); // by case and purpose, until they end

async function ask(path, body, signal) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal,
    keepalive: path.endsWith("/end"),
    cache: "no-store",
  });
  if (answer.redirected) throw { signedOut: true };
  const value = await answer.json();
  if (!answer.ok) throw { refusal: value };
  return value;
}

for (const viewer of document.querySelectorAll("[data-veil]")) {
  const hold = viewer.querySelector("[data-hold]");
  if (hold) start(viewer, hold);
}

function start(viewer, hold) {
  const part = (name) => viewer.querySelector(`[data-${name}]`);
  const canvas = viewer.querySelector("canvas");
  const words = viewer.dataset;
  const file = { case: Number(words.case), evidence: words.evidence };
  const timed = part("timed");
  const timedWords = timed.textContent;
  viewer.querySelectorAll("[data-acts]").forEach((el) => (el.hidden = false));

  const films = words.film && import(words.film);
  const sound = words.kind === "audio"; // nothing of it can be seen

  const key = () => `${file.case} ${file.evidence} ${part("purpose").value}`;

  let waits = 0; // the timer of wait
  let turn = null; // what goes on: {reveal, picture, film, beats, ends, abort}

  const say = (text) => {
    if (part("say").textContent !== text) part("say").textContent = text;
  };

  function screen(now) {
    const heard = Boolean(now.film?.heard);
    const on = sound ? heard : Boolean(now.picture);
    return {
      on,
      width: on ? canvas.clientWidth : 0,
      height: on ? canvas.clientHeight : 0,
      blur: sound ? 0 : Number(part("blur").value),
      grey: !sound && part("grey").checked,
      sound: heard,
    };
  }

  // Blur draws the picture into few pixels and those large again, which every
  // browser can; grey takes the colours away.
  function paint(picture) {
    const longest = Number(part("size").value);
    const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
    const width = Math.max(1, Math.round(picture.width * scale));
    const height = Math.max(1, Math.round(picture.height * scale));
    const blur = Number(part("blur").value);
    const less = 1 + (blur / 100) ** 2 * 40;
    const few = new OffscreenCanvas(Math.max(1, Math.round(width / less)), Math.max(1, Math.round(height / less)));
    const small = few.getContext("2d");
    small.imageSmoothingQuality = "high";
    small.drawImage(picture.image ?? picture, 0, 0, few.width, few.height);
    if (canvas.width !== width) canvas.width = width; // a film draws many of a size
    if (canvas.height !== height) canvas.height = height;
    const on = canvas.getContext("2d");
    on.imageSmoothingQuality = "high";
    on.globalCompositeOperation = "copy";
    on.drawImage(few, 0, 0, width, height);
    if (part("grey").checked) {
      on.globalCompositeOperation = "saturation";
      on.fillStyle = "gray";
      on.fillRect(0, 0, width, height);
    }
    part("cover").hidden = true;
  }

  function cover() {
    canvas.width = 0;
    canvas.height = 0;
    part("cover").hidden = false;
  }

  function refuse(r, consent) {
    const box = part("refusal");
    const title = document.createElement("strong");
    title.textContent = r.title;
    const lines = r.lines.map((text) => {
      const p = document.createElement("p");
      p.textContent = text;
      return p;
    });
    box.replaceChildren(title, ...lines);
    const to = r.link || (r.field === "second" && consent);
    if (to) {
      const a = document.createElement("a");
      a.href = to;
      a.textContent = r.link_text;
      box.append(a);
      if (r.field === "second") {
        const where = document.createElement("code");
        where.textContent = a.href;
        box.append(where);
      }
    }
    box.hidden = false;
    if (r.field === "second") wait();
    if (r.field === "no_look") viewer.querySelector(".veil-set").open = true;
  }

  // wait asks now and then whether a second person has agreed meanwhile.
  function wait() {
    const session = sessions.get(key());
    clearInterval(waits);
    waits = setInterval(async () => {
      if (document.hidden) return;
      try {
        const answer = await fetch(`/look/sessions/${session.session}`, { cache: "no-store" });
        const now = answer.ok && !answer.redirected ? await answer.json() : { over: true };
        if (now.over || now.agreed) clearInterval(waits);
        if (now.over || !now.agreed) return;
        part("refusal").hidden = true;
        if (!turn) say(words.agreed);
      } catch {
        // It is asked again.
      }
    }, 3000);
  }

  // end covers at once, whatever the connection does, and then tells the server.
  function end(text) {
    const was = turn;
    if (!was) return;
    turn = null;
    cover();
    clearInterval(was.beats);
    clearTimeout(was.ends);
    was.abort.abort();
    was.picture?.close();
    was.film?.close();
    was.picture = was.film = null;
    hold.removeAttribute("aria-pressed");
    timed.textContent = timedWords;
    say(text ?? words.veiled);
    if (was.reveal) ask(`/look/reveals/${was.reveal}/end`, {}).catch(() => {}); // silence ends it too
  }

  function fault(now, error) {
    if (now !== turn) return;
    if (error?.refusal) {
      const r = error.refusal;
      if (r.field === "expired") sessions.delete(now.key);
      end();
      refuse(r, sessions.get(now.key)?.consent);
    } else if (error?.signedOut) end(words.signedOut);
    else end(error?.name === "InvalidStateError" || error?.name === "EncodingError" ? words.cannot : words.offline);
  }

  function until(now, left) {
    clearTimeout(now.ends);
    now.ends = setTimeout(() => beat(now), Math.max(0, left)); // the last beat says why
  }

  async function beat(now) {
    if (now !== turn) return;
    try {
      const answer = await ask(`/look/reveals/${now.reveal}/beat`, screen(now), now.abort.signal);
      if (now === turn) until(now, answer.left_ms);
    } catch (error) {
      fault(now, error);
    }
  }

  // picture fetches and shows a picture, which comes in one piece.
  async function picture(now) {
    const answer = await fetch(`/look/reveals/${now.reveal}/bytes?evidence=${encodeURIComponent(file.evidence)}`, {
      headers: { "Jaga-Look": "1" },
      cache: "no-store",
      signal: now.abort.signal,
    });
    if (answer.redirected) throw { signedOut: true };
    if (!answer.ok) throw { refusal: await answer.json() };
    const drawn = await createImageBitmap(await answer.blob());
    if (now !== turn) return drawn.close();
    now.picture = drawn;
    paint(drawn);
    say(words.shown);
    beat(now);
  }

  // A film begins with one picture that stands still; it plays, and is heard, when
  // somebody chose so.
  const plays = () => sound || part("play").checked;
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

  function film(now, openFilm) {
    const told = () => {
      if (now !== turn) return;
      const at = part("at");
      at.disabled = !now.film.length;
      at.max = String(Math.floor(now.film.length * 10) / 10);
      at.value = String(now.film.at);
      const text = `${clock(now.film.at)} / ${clock(now.film.length)}`;
      if (part("time").textContent !== text) part("time").textContent = text;
      at.setAttribute("aria-valuetext", text);
    };
    now.film = openFilm(words.kind, `/look/reveals/${now.reveal}/film?evidence=${encodeURIComponent(file.evidence)}`, Number(part("at").value), {
      ready() {
        if (now !== turn) return;
        if (!sound) now.picture = { close() {} };
        told();
        choose();
      },
      frame: () => now === turn && paint(now.film),
      time: told,
      muted() {
        if (now === turn) part("sound").checked = false;
      },
      async failed(before) {
        // What the server has to say of it comes first.
        await beat(now);
        if (now === turn) end(before ? words.broken : words.cannot);
      },
    });
  }

  // choose lets the film that is shown do what the boxes say.
  function choose() {
    if (!turn?.film) return;
    turn.film.set(plays(), part("sound").checked);
    say(!plays() ? words.shown : part("sound").checked ? words.heard : words.playing);
    beat(turn);
  }

  async function begin() {
    if (turn) return;
    if (words.film && !isSecureContext) return say(words.insecure);
    if (sound && !part("sound").checked) return say(words.silent);
    const purpose = part("purpose").value;
    const now = (turn = { key: key(), abort: new AbortController() });
    part("refusal").hidden = true;
    clearInterval(waits);
    say(words.opening);
    try {
      const openFilm = (await films)?.openFilm;
      let session = sessions.get(now.key);
      if (!session || Date.now() > session.ends) {
        session = await ask("/look/sessions", { ...file, purpose }, now.abort.signal);
        session.ends = Date.now() + session.left_ms - 1000;
        sessions.set(now.key, session);
      }
      if (now !== turn) return;
      const begun = await ask("/look/reveals", { session: session.session, ...file });
      now.reveal = begun.reveal;
      if (now !== turn) {
        // Let go meanwhile: the reveal that has begun ends.
        ask(`/look/reveals/${begun.reveal}/end`, {}).catch(() => {});
        return;
      }
      until(now, begun.left_ms);
      now.beats = setInterval(() => beat(now), 1000);
      if (openFilm) film(now, openFilm);
      else await picture(now);
    } catch (error) {
      fault(now, error);
    }
  }

  const press = () => {
    begin();
    if (turn) hold.setAttribute("aria-pressed", "true");
  };

  hold.addEventListener("pointerdown", (e) => {
    if (e.button !== 0) return;
    hold.setPointerCapture(e.pointerId);
    press();
  });
  for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) hold.addEventListener(kind, () => end());
  hold.addEventListener("contextmenu", (e) => e.preventDefault()); // a long press on a phone
  hold.addEventListener("keydown", (e) => {
    const step = { ArrowLeft: -5, ArrowRight: 5 }[e.key];
    if (step && turn?.film) {
      e.preventDefault();
      turn.film.seek(turn.film.at + step);
      beat(turn);
    }
    if (e.key !== " " && e.key !== "Enter") return;
    e.preventDefault();
    if (!e.repeat) press();
  });
  hold.addEventListener("keyup", (e) => {
    if (e.key === " " || e.key === "Enter") end();
  });
  hold.addEventListener("blur", () => end());
  canvas.addEventListener("contextmenu", (e) => e.preventDefault());

  // For people who cannot hold: it is shown for some seconds, and covered sooner
  // by pressing again.
  timed.addEventListener("click", () => {
    if (turn) return end();
    timed.textContent = timed.dataset.stop;
    begin();
    const mine = turn;
    if (!mine) return (timed.textContent = timedWords); // it was not begun
    setTimeout(() => mine === turn && end(), Number(timed.dataset.timed) * 1000);
  });

  for (const name of ["blur", "size", "grey"])
    part(name)?.addEventListener("input", () => {
      if (!turn?.picture) return;
      paint(turn.film ?? turn.picture);
      beat(turn);
    });
  if (words.film) {
    part("play")?.addEventListener("input", choose);
    part("sound").addEventListener("input", choose);
    part("at").addEventListener("input", () => {
      if (!turn?.film) return;
      turn.film.seek(Number(part("at").value));
    });
  }

  document.addEventListener("visibilitychange", () => document.hidden && end());
  addEventListener("pagehide", () => end());
  addEventListener("blur", () => end());
}
