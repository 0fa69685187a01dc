// The check by taps on the reader's own device: no answer leaves it. It follows
// the same plan as taps.go, with the pieces that the page holds already.
"use strict";

// tapScreen is what comes after the letters of answers: a question to ask, or
// the pieces to show.
function tapScreen(plan, has, letters) {
  var values = {}, at = 0, about = 0, ask = null;
  function holds(when) {
    for (var k in when) if (when[k].indexOf(values[k]) < 0) return false;
    return true;
  }
  function pick(pattern) {
    var list = pattern.split("|");
    for (var i = 0; i < list.length; i++) {
      var whole = true;
      var id = list[i].replace(/\{(\w+)\}/g, function (_, k) {
        if (!values[k]) whole = false;
        return values[k];
      });
      if (whole && has(id)) return id;
    }
    return "";
  }
  plan.q.forEach(function (q) {
    if (!holds(q.w) || q.u && holds(q.u)) return;
    about++;
    if (ask) return;
    if (at === letters.length) ask = q.i;
    else values[q.i] = q.a[letters.charCodeAt(at++) - 97];
  });
  plan.r.forEach(function (r) {
    if (holds(r.w)) for (var k in r.s) if (!values[k]) values[k] = r.s[k];
  });
  return {
    about: about,
    reader: values.reader,
    ask: ask ? pick("ask/" + ask + "/{voice}|ask/" + ask) : "",
    show: ask ? [] : plan.s.map(function (s) { return [s.t, pick(s.p)]; }).filter(function (s) { return s[1]; })
  };
}

(function () {
  var form = document.getElementById("taps"), letters = "";
  function piece(id) { return document.getElementById(id); }
  function copy(id) { return document.importNode(piece(id).content, true); }
  if (!form || !("content" in document.createElement("template")) || !piece("result")) return;
  var plan = JSON.parse(form.getAttribute("data-plan"));
  var screen = form.querySelector(".screen");

  function draw() {
    var s = tapScreen(plan, piece, letters);
    screen.textContent = "";
    screen.appendChild(copy(s.ask || "result"));
    s.show.forEach(function (p) { screen.querySelector("[data-slot=" + p[0] + "]").appendChild(copy(p[1])); });
    form.querySelector(".about").textContent = s.ask ? form.getAttribute("data-about").replace("{n}", letters.length + 1).replace("{m}", s.about) : "";
    form.querySelector("[value='-']").hidden = !letters;
    document.body.className = s.reader === "child" ? "k" : "";
    var head = screen.querySelector("h1, h2");
    head.tabIndex = -1;
    scrollTo(0, 0);
    head.focus();
  }

  form.addEventListener("submit", function (e) { e.preventDefault(); });
  form.addEventListener("click", function (e) {
    var b = e.target.closest("button");
    if (!b) return;
    e.preventDefault();
    letters = b.value === "-" ? letters.slice(0, -1) : b.value === "." ? "" : letters + b.value;
    draw();
  });
  document.querySelector(".kept").textContent = piece("stays").content.textContent;
})();
