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

  let turn = null; // what goes on: {reveal, picture, beats, ends, abort}

  const say = (text) => {
    if (part("say").textContent !== text) part("say").textContent = text;
  };

  function screen(now) {
    const on = Boolean(now.picture);
    return {
      on,
      width: on ? canvas.clientWidth : 0,
      height: on ? canvas.clientHeight : 0,
      blur: Number(part("blur").value),
      grey: part("grey").checked,
      sound: false,
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
    small.drawImage(picture, 0, 0, few.width, few.height);
    canvas.width = width;
    canvas.height = height;
    const on = canvas.getContext("2d");
    on.imageSmoothingQuality = "high";
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
    if (r.field === "no_look") viewer.querySelector(".veil-set").open = true;
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
    was.picture = null;
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

  async function begin() {
    if (turn) return;
    const purpose = part("purpose").value;
    const now = (turn = { key: `${file.case} ${file.evidence} ${purpose}`, abort: new AbortController() });
    part("refusal").hidden = true;
    say(words.opening);
    try {
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
      const answer = await fetch(`/look/reveals/${now.reveal}/bytes?evidence=${encodeURIComponent(file.evidence)}`, {
        headers: { "Jaga-Look": "1" },
        cache: "no-store",
        signal: now.abort.signal,
      });
      if (answer.redirected) throw { signedOut: true };
      if (!answer.ok) throw { refusal: await answer.json() };
      const picture = await createImageBitmap(await answer.blob());
      if (now !== turn) return picture.close();
      now.picture = picture;
      paint(picture);
      say(words.shown);
      beat(now);
    } catch (error) {
      fault(now, error);
    }
  }

  const press = () => {
    hold.setAttribute("aria-pressed", "true");
    begin();
  };

  hold.addEventListener("pointerdown", (e) => {
    if (e.button !== 0) return;
    hold.setPointerCapture(e.pointerId);
    press();
  });
  for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) hold.addEventListener(kind, () => end());
  hold.addEventListener("contextmenu", (e) => e.preventDefault()); // a long press on a phone
  hold.addEventListener("keydown", (e) => {
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
    setTimeout(() => mine === turn && end(), Number(timed.dataset.timed) * 1000);
  });

  for (const name of ["blur", "size", "grey"])
    part(name).addEventListener("input", () => {
      if (!turn?.picture) return;
      paint(turn.picture);
      beat(turn);
    });

  document.addEventListener("visibilitychange", () => document.hidden && end());
  addEventListener("pagehide", () => end());
  addEventListener("blur", () => end());
}
