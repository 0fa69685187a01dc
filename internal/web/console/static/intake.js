// The form for calls: what is typed is kept as a draft while it is typed, cases
// that it is perhaps the same as are named, and nothing is sent, or lost, when
// the session has ended meanwhile.

const form = document.querySelector("form[data-intake]");
if (form) {
  const lost = form.querySelector("[data-lost]");
  const kept = form.querySelector("[data-kept]");
  const box = form.querySelector(".similar");
  const list = form.querySelector("[data-similar]");
  let timer = 0;

  const keep = async () => {
    const answer = await fetch(form.dataset.intake, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" });
    lost.hidden = answer.ok;
    if (!answer.ok) return false;
    kept.textContent = kept.dataset.kept;
    const { similar } = await answer.json();
    if (!list.querySelector("input")) {
      list.replaceChildren(
        ...similar.map((text) => {
          const p = document.createElement("p");
          p.textContent = text;
          return p;
        }),
      );
      box.hidden = similar.length === 0;
    }
    return true;
  };
  const later = () => {
    kept.textContent = "";
    clearTimeout(timer);
    timer = setTimeout(() => keep().catch(() => (lost.hidden = false)), 1500);
  };
  form.addEventListener("input", later);

  const countries = form.querySelectorAll("[data-country]");
  form.elements.country.addEventListener("change", (e) => {
    for (const c of countries) c.hidden = c.dataset.country !== e.target.value && c.dataset.country !== "zz";
  });

  let sure = false;
  form.addEventListener("submit", async (e) => {
    if (sure || e.submitter?.value === "drop") return;
    e.preventDefault();
    clearTimeout(timer);
    const ok = await keep().catch(() => false);
    lost.hidden = ok;
    if (!ok) return;
    sure = true;
    form.requestSubmit(e.submitter);
  });
}
