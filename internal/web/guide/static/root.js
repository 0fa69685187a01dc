// Opens the pages in the first language of the reader's that there is.
(function () {
  "use strict";
  var wanted = navigator.languages || [navigator.language || ""];
  for (var i = 0; i < wanted.length; i++) {
    var lang = wanted[i].slice(0, 2).toLowerCase();
    if (lang === "in" || lang === "ms") lang = "id"; // old browsers say in
    var a = document.querySelector("a[hreflang='" + lang.replace(/[^a-z]/g, "") + "']");
    if (a) return location.replace(a.href);
  }
})();
