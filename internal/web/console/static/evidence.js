// A certificate can be printed where a script runs; without one the menu of the
// browser does it.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
