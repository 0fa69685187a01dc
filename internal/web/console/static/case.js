// What the page of a case gains from a script: the lease is renewed while
// somebody works, time is counted down, the scales follow the facts, and keys
// reach the acts.

function begin() {
  document.documentElement.classList.add("scripted");
  lease(document.querySelector("[data-lease]"));
  for (const bar of document.querySelectorAll(".undo-bar")) {
    count(bar, Number(bar.dataset.until) / 1000, () => {
      bar.querySelector("button").disabled = true;
    });
  }
  for (const form of document.querySelectorAll("form[data-preview]")) follow(form);
  document.addEventListener("keydown", keys);
}

const clock = (ms) => {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};

// Shows what is left until a time, and tells when it is over. until may be moved.
function count(part, until, over) {
  const words = part.querySelector("[data-left]");
  const state = { until };
  const timer = setInterval(tell, 1000);
  function tell() {
    words.textContent = clock(state.until - Date.now());
    if (Date.now() >= state.until) {
      clearInterval(timer);
      over();
    }
  }
  tell();
  return state;
}

// The lease is renewed when a third of it is gone, while the page is seen and
// somebody has touched it within the last quarter of an hour.
function lease(part) {
  if (!part) return;
  let touched = Date.now();
  for (const kind of ["pointerdown", "keydown", "scroll", "input"])
    addEventListener(kind, () => (touched = Date.now()), { passive: true, capture: true });
  const lost = () => {
    part.textContent = part.dataset.lost;
    part.setAttribute("role", "alert");
  };
  const state = count(part, Number(part.dataset.until) / 1000, lost);
  let span = state.until - Date.now();
  let asking = false;
  async function renew() {
    if (asking || document.hidden || Date.now() - touched > 15 * 60_000) return;
    if (state.until - Date.now() > (span * 2) / 3 || state.until <= Date.now()) return;
    asking = true;
    try {
      const answer = await fetch(part.dataset.lease, {
        method: "POST",
        headers: { "Jaga-Part": "lease" },
        body: new URLSearchParams({ fence: part.dataset.fence }),
      });
      if (answer.redirected) return;
      if (answer.ok) {
        state.until = (await answer.json()).until;
        span = state.until - Date.now();
      } else if (answer.status === 409) {
        state.until = 0;
      }
    } catch {
      dispatchEvent(new Event("away")); // the next turn tries again
    } finally {
      asking = false;
    }
  }
  setInterval(renew, 5000);
}

// The scales are derived on the server, by the table that decides.
function follow(form) {
  let timer = 0;
  let turn = 0;
  form.addEventListener("change", (e) => {
    if (!e.target.name?.startsWith("fact_")) return;
    clearTimeout(timer);
    timer = setTimeout(ask, 150);
  });
  async function ask() {
    const mine = ++turn;
    try {
      const answer = await fetch(form.dataset.preview, {
        method: "POST",
        headers: { "Jaga-Part": "derived" },
        body: new URLSearchParams(new FormData(form)),
      });
      if (!answer.ok || answer.redirected || mine !== turn) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = page.querySelector("#derived");
      if (now) form.querySelector("#derived").replaceChildren(...now.childNodes);
    } catch {
      /* the button shows it, too */
    }
  }
}

function keys(e) {
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, select, textarea, dialog[open], [contenteditable]")) return;
  const submit = (form) => form?.requestSubmit(form.querySelector("button"));
  const act = {
    t: () => submit(document.querySelector('form[data-key="t"]')),
    u: () => submit(document.querySelector('form[data-key="u"]')),
    f: () => (document.querySelector(".decideform select") ?? document.querySelector("#decide")).focus(),
    n: () => document.querySelector("#new-note")?.focus(),
    v: nextVeil,
  }[e.key];
  if (!act) return;
  e.preventDefault();
  act();
}

function nextVeil() {
  const all = [...document.querySelectorAll(".veils [data-hold]")];
  if (!all.length) return;
  const at = all.indexOf(document.activeElement);
  all[(at + 1) % all.length].focus();
}

if (document.querySelector(".casefile")) begin();
