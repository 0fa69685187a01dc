// What the pages gain from a script: keys, dropped files with progress, live
// figures, copying. Without it every page still works.

// A dialog that has just closed keeps the focus until the page is drawn again.
const typing = (el) => el.closest("input, select, textarea, dialog[open], [contenteditable]");
const rows = () => [...document.querySelectorAll("[data-row] .row-link")];

function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(document.activeElement);
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))];
  next.focus();
  next.closest("[data-row]").scrollIntoView({ block: "nearest" });
}

// g and the letter of an entry of the navigation open it.
const go = (key) => (key.length === 1 ? document.querySelector(`nav [data-go="${CSS.escape(key)}"]`) : null);
let pressedG = 0;

document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || typing(e.target)) return;
  const place = Date.now() - pressedG < 1500 && go(e.key);
  if (place) {
    pressedG = 0;
    e.stopImmediatePropagation(); // the letter alone may do something on this page
    location.assign(place.href);
    return;
  }
  pressedG = 0;
  if (e.key === "g") pressedG = Date.now();
  else if (e.key === "j") step(1);
  else if (e.key === "k") step(-1);
  else if (e.key === "?") document.querySelector("#keys")?.showModal();
  else if (e.key === "/") {
    const search = document.querySelector("input[type=search]");
    if (search) {
      e.preventDefault();
      search.focus();
    }
  }
});

document.querySelector("[data-keys]")?.addEventListener("click", (e) => {
  e.preventDefault();
  document.querySelector("#keys").showModal();
});

document.querySelector("#problem")?.focus();

// Figures that stay fresh. They stop when nobody has touched the page for a
// quarter of an hour, so that an open page does not keep a session alive.
let touched = Date.now();
for (const kind of ["pointerdown", "keydown", "scroll"])
  addEventListener(
    kind,
    () => {
      touched = Date.now();
    },
    { passive: true },
  );

const fresh = document.querySelector("[data-live]");
if (fresh) setInterval(refresh, Number(fresh.dataset.every) * 1000);

// busy reports whether somebody reads or works in a part of the page, which is then
// left alone.
const busy = (el) => {
  const chosen = getSelection();
  return el.contains(document.activeElement) || (chosen.toString() !== "" && chosen.containsNode(el, true));
};

// swap puts a part as it is now in the place of what is shown.
function swap(old, now) {
  const open = [...old.querySelectorAll("details")].map((d) => d.open);
  now.querySelectorAll("details").forEach((d, i) => {
    d.open = open[i] ?? d.open;
  });
  old.replaceWith(now);
}

// pause says that the figures stand still; a page that only looks live would deceive.
function pause(on) {
  const note = document.querySelector("[data-paused]");
  const text = on ? note?.dataset.paused : "";
  if (note && note.textContent !== text) note.textContent = text;
}

async function refresh() {
  const old = document.querySelector("[data-live]");
  if (!old || document.hidden) return;
  if (Date.now() - touched > 15 * 60_000) return pause(true);
  try {
    const answer = await fetch(old.dataset.live, { headers: { Accept: "text/html" } });
    pause(!answer.ok || answer.redirected); // nobody is signed in any longer
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.getElementById(old.id);
    if (!now) return;
    const say = document.querySelector("[data-announce]");
    const text = now.querySelector("[data-say]")?.textContent.trim();
    if (say && text && say.dataset.last !== text) {
      // What it is when the page opens is read with the page.
      if (say.dataset.last) say.textContent = text;
      say.dataset.last = text;
    }
    if (!busy(old)) return swap(old, now);
    for (const part of old.querySelectorAll("[data-part]")) {
      const its = page.getElementById(part.id);
      if (its && !busy(part)) swap(part, its);
    }
  } catch {
    leave(); // the next turn tries again
  }
}

// While the server cannot be reached the page says so, and forms wait: what was
// typed would be lost with the page.
const away = document.querySelector("[data-away]");
let asking = 0;

function leave() {
  if (asking) return;
  away.textContent = away.dataset.away;
  asking = setInterval(ask, 3000);
}

async function ask() {
  try {
    await fetch("/status/live", { cache: "no-store" });
  } catch {
    return;
  }
  clearInterval(asking);
  asking = 0;
  away.textContent = away.dataset.back;
  setTimeout(() => {
    if (!asking) away.textContent = "";
  }, 6000);
}

addEventListener("offline", leave);
addEventListener("away", leave); // said by other scripts
addEventListener("online", () => asking && ask());
if (!navigator.onLine) leave();

document.addEventListener(
  "submit",
  (e) => {
    if (!asking) return;
    e.preventDefault();
    e.stopImmediatePropagation();
    away.focus();
  },
  true,
);

// A number field with a slider beside it, and what the number means.
for (const slider of document.querySelectorAll("input[data-for]")) {
  const field = document.getElementById(slider.dataset.for);
  const words = document.querySelector(`[data-words="${slider.dataset.for}"]`);
  const say = () => {
    if (!words || field.value === "") return;
    const steps = Object.keys(words.dataset)
      .filter((k) => /^\d+$/.test(k))
      .map(Number)
      .sort((a, b) => b - a);
    const fits = steps.find((n) => Number(field.value) >= n);
    if (fits !== undefined) words.textContent = words.dataset[fits];
  };
  slider.hidden = false;
  slider.addEventListener("input", () => {
    field.value = slider.value;
    say();
  });
  field.addEventListener("input", () => {
    slider.value = field.value;
    say();
  });
  say();
}

// A warning that holds between nothing and everything.
for (const warning of document.querySelectorAll("[data-between]")) {
  const field = document.getElementById(warning.dataset.between);
  field.addEventListener("input", () => {
    warning.hidden = !(Number(field.value) > 0 && Number(field.value) < 100);
  });
}

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue; // browsers offer it over https and on this machine
  button.hidden = false;
  button.addEventListener("click", async (e) => {
    e.preventDefault();
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = button.dataset.copied;
  });
}

// A file over the limit is refused before it is sent.
const tooBig = (input, files) => [...files].some((f) => f.size > Number(input.dataset.max));
for (const input of document.querySelectorAll("input[data-max]")) {
  input.addEventListener("change", () =>
    input.setCustomValidity(tooBig(input, input.files) ? input.dataset.toobig : ""),
  );
}

// Files are sent one by one, each with its progress.
function left(seconds) {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

function send(form, file, line) {
  const bar = line.querySelector("progress"),
    text = line.querySelector(".state");
  const data = new FormData(form);
  data.delete("file");
  data.append("file", file, file.name); // the fields come before the file
  const began = Date.now();
  return new Promise((done) => {
    const x = new XMLHttpRequest();
    x.open("POST", form.action);
    x.responseType = "document";
    x.upload.onprogress = (e) => {
      bar.max = e.total;
      bar.value = e.loaded;
      const spent = (Date.now() - began) / 1000;
      if (spent > 3 && e.loaded < e.total)
        text.textContent = form.dataset.left.replace("%s", left((spent * (e.total - e.loaded)) / e.loaded));
      if (e.loaded === e.total) {
        bar.removeAttribute("value");
        text.textContent = form.dataset.sent;
      }
    };
    x.onload = () => done(x.response);
    x.onerror = x.onabort = () => done(null);
    x.send(data);
  });
}

for (const form of document.querySelectorAll("form[data-drop]")) {
  const area = form.closest(".drop"),
    input = form.querySelector("input[type=file]"),
    list = form.querySelector(".progress-list");
  form.querySelector(".drop-words").hidden = false;
  const take = async (files) => {
    for (const file of files) {
      const line = document.createElement("li");
      const name = document.createElement("span"),
        bar = document.createElement("progress"),
        state = document.createElement("span");
      name.textContent = file.name;
      state.className = "state";
      bar.setAttribute("aria-label", file.name);
      line.append(name, bar, state);
      list.append(line);
      if (tooBig(input, [file])) {
        bar.remove();
        state.className = "state fault";
        state.textContent = input.dataset.toobig;
        continue;
      }
      const page = await send(form, file, line);
      const results = page?.querySelectorAll("#results .result");
      const wrong = page?.querySelector("#problem, .gate");
      if (results?.length) {
        document.querySelector("#results").append(...results);
        // What helps against a refused list stands among the choices.
        if ([...results].some((r) => r.classList.contains("failed")))
          form.querySelector("details").open = true;
        line.remove();
      } else {
        bar.remove();
        state.className = "state fault";
        state.textContent = wrong ? wrong.textContent.trim() : form.dataset.failed;
      }
      for (const id of ["entries", "health", "sources"]) {
        const now = page?.querySelector(`#${id}`)?.closest("section"),
          old = document.querySelector(`#${id}`)?.closest("section");
        if (now && old) old.replaceWith(now);
        else if (now && id === "sources") document.querySelector("#health")?.closest("section")?.after(now);
      }
    }
    input.value = "";
  };
  form.addEventListener("submit", (e) => {
    if (input.files.length) {
      e.preventDefault();
      take([...input.files]);
    }
  });
  for (const kind of ["dragenter", "dragover"])
    area.addEventListener(kind, (e) => {
      e.preventDefault();
      area.classList.add("over");
    });
  area.addEventListener("dragleave", (e) => {
    if (!area.contains(e.relatedTarget)) area.classList.remove("over");
  });
  area.addEventListener("drop", (e) => {
    e.preventDefault();
    area.classList.remove("over");
    take([...e.dataTransfer.files]);
  });
}
// A file that is dropped on a form with one file field is chosen there.
for (const form of document.querySelectorAll("form[data-dropfile]")) {
  const input = form.querySelector("input[type=file]");
  form.addEventListener("dragover", (e) => {
    if (e.dataTransfer?.types.includes("Files")) e.preventDefault();
  });
  form.addEventListener("drop", (e) => {
    if (!e.dataTransfer?.files.length) return;
    e.preventDefault();
    input.files = e.dataTransfer.files;
    input.dispatchEvent(new Event("change"));
    input.focus();
  });
}
// A file that misses the area must not replace the page.
for (const kind of ["dragover", "drop"])
  addEventListener(kind, (e) => {
    if (e.dataTransfer?.types.includes("Files")) e.preventDefault();
  });

for (const form of document.querySelectorAll("form[data-busy]:not([data-drop])")) {
  form.addEventListener("submit", () => {
    const button = form.querySelector("button:not([name])");
    if (button) {
      button.textContent = form.dataset.busy;
      button.disabled = true;
    }
  });
}
