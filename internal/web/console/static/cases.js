// Lists of cases: x picks the row with the focus, a picks the page, n takes the
// next case. Without a script the boxes and buttons do the same.

const typing = (el) => el.closest("input:not([type=checkbox]), select, textarea, dialog[open], [contenteditable]");

const form = document.querySelector("form[data-bulk]");
const boxes = () => [...(form?.querySelectorAll("input[name=case]") ?? [])];

function say() {
  const line = form?.querySelector("[data-picked]");
  if (!line) return;
  const n = boxes().filter((b) => b.checked).length;
  line.textContent = n ? line.dataset.some.replace("%s", n) : line.dataset.none;
}

form?.addEventListener("change", say);
// A browser that goes back puts the ticks back, too.
addEventListener("pageshow", say);

document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || typing(e.target)) return;
  if (e.key === "n") document.querySelector("[data-next]")?.click();
  else if (e.key === "x") {
    const box = document.activeElement.closest?.("[data-row]")?.querySelector("input[name=case]");
    if (box && box !== document.activeElement) {
      box.checked = !box.checked;
      say();
    }
  } else if (e.key === "a" && form) {
    const all = boxes();
    const on = !all.every((b) => b.checked);
    for (const b of all) b.checked = on;
    say();
  }
});
