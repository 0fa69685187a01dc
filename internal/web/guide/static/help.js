// Filters the help directory without a request and without a new address.
(() => {
  "use strict";
  const all = (q, el) => Array.from((el || document).querySelectorAll(q));
  const chips = all(".chip"), shelves = all(".ways").map((s) => all(".card", s));

  // In an export the choices are of no use without this script.
  all(".filter").forEach((f) => { f.hidden = false; });

  // 2: it answers now, 0: it does not, 1: nobody knows. h is minutes of the week.
  const answers = (h, timeZone) => {
    if (!h) return 1;
    try {
      const t = /(\w+)\W+(\d+):(\d+)/.exec(new Date().toLocaleTimeString("en", { timeZone, weekday: "short", hour12: false }));
      const at = "SunMonTueWedThuFriSat".indexOf(t[1]) * 480 + t[2] % 24 * 60 + +t[3];
      return h.split(" ").some((x) => at >= x.split("-")[0] && at < x.split("-")[1]) * 2;
    } catch (e) {
      return 1;
    }
  };

  const show = () => {
    const want = {};
    let sure = 0;
    for (const c of all(".chip[aria-current]")) want[c.dataset.k] = c.dataset.v;
    const put = (cards, every) => cards.filter((card) => {
      let best = 0;
      for (const way of all(".way", card)) {
        const d = way.dataset, state = every ? 2 : answers(d.h, d.z);
        way.hidden = !every && !(d.c.includes(want.c) && d.a.includes(want.a) && (state || !want.n));
        if (!way.hidden) best = Math.max(best, state || .5);
      }
      const shelf = card.closest(".ways"), later = shelf.lastElementChild;
      shelf.insertBefore(card, later);
      if (want.n && best === 1) later.appendChild(card);
      later.hidden = !later.children[1];
      card.hidden = !best;
      if (best && !card.dataset.d) sure++;
      return best;
    }).length;
    const left = shelves.map((s) => put(s)), none = left[1] >= 0 && !left[0];
    if (none || sure < 2) put(shelves[left.length - 1], 1);
    all(".none")[0].hidden = !none;
    const shown = all(".shown")[0];
    shown.hidden = !(want.a + want.c + want.n);
    shown.children[0].textContent = all(".way:not([hidden])").length;
  };

  for (const chip of chips) chip.onclick = (e) => {
    if (e.ctrlKey || e.metaKey) return;
    e.preventDefault();
    for (const c of chips) if (c.dataset.k === chip.dataset.k) c.removeAttribute("aria-current");
    chip.setAttribute("aria-current", true);
    show();
  };
})();
