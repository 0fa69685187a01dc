// Leaves at once, and keeps the guide to one line in the history: pages of the
// guide take each other's place, and the page one leaves to takes theirs.
(function () {
  "use strict";
  var button = document.querySelector(".leave");
  var root = new URL(".", document.currentScript.src).href;
  var page = document.documentElement;

  function leave() {
    page.classList.add("gone"); // before the other page has come
    document.title = "…";
    location.replace(button.href);
  }

  document.addEventListener("click", function (e) {
    var a = e.target.closest && e.target.closest("a[href]");
    if (!a || e.defaultPrevented || e.button || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
    if (a === button) {
      e.preventDefault();
      leave();
    } else if (a.href.split("#")[0] !== location.href.split("#")[0] && a.href.indexOf(root) === 0 && !a.download) {
      e.preventDefault();
      location.replace(a.href);
    }
  });

  // Esc, or Shift three times within five seconds.
  var shifts = [];
  document.addEventListener("keydown", function (e) {
    if (e.key === "Escape") return leave();
    if (e.key !== "Shift") {
      shifts = [];
    } else if (!e.repeat) {
      shifts = shifts.filter(function (t) { return e.timeStamp - t < 5000; }).concat(e.timeStamp);
      if (shifts.length > 2) leave();
    }
  });

  // A page that the browser kept in memory comes back whole.
  addEventListener("pageshow", function (e) { if (e.persisted) location.reload(); });
})();
