// Looks at words in a worker. The page's policy lets neither of them connect to
// anything; the engine comes as one script, when somebody first touches the form.
(function () {
  "use strict";
  function $(id) { return document.getElementById(id); }
  function each(root, css, f) { [].forEach.call(root.querySelectorAll(css), f); }
  var ask = $("ask"), out = $("out"), words = $("words"), who = $("who"), names = $("names"), none = $("none");
  var worker, ready, job, last, loading, slow, late;

  function say(state) {
    each(ask, "[data-state]", function (p) { p.hidden = p.getAttribute("data-state") !== state; });
  }

  function still() {
    clearTimeout(slow);
    clearTimeout(late);
  }

  // Nobody waits without a way to people.
  function fail() {
    still();
    stop();
    job = loading = null;
    ask.hidden = names.hidden = out.hidden = true;
    $("old").hidden = false;
    document.body.setAttribute("data-engine", "failed");
  }

  function stop() {
    if (worker) worker.terminate();
    worker = ready = null;
  }

  function load() {
    if (loading) return;
    loading = true;
    if (!window.WebAssembly || !window.Worker) return fail();
    say("load");
    var s = document.createElement("script");
    s.src = ask.getAttribute("data-engine");
    s.onload = start;
    s.onerror = fail;
    document.head.appendChild(s);
  }

  function start() {
    var e = window.jagaEngine;
    if (!e) return fail();
    try {
      var url = URL.createObjectURL(new Blob([e.worker], { type: "text/javascript" }));
      worker = new Worker(url);
      worker.onerror = fail;
      worker.onmessage = hear;
      worker.postMessage({ wasm: e.wasm, packs: e.packs });
    } catch (x) {
      return fail();
    }
    late = setTimeout(fail, 20000);
  }

  function hear(e) {
    still();
    if (e.data.bad) return fail();
    if (e.data.ready) {
      ready = true;
      document.body.setAttribute("data-engine", "ready");
      return job ? send() : say("ready");
    }
    job = null;
    $("old").hidden = true;
    say("ready");
    if (e.data.names.length) return choose(e.data.names);
    last = e.data;
    show();
  }

  function send() {
    say("work");
    slow = setTimeout(function () { say("wait"); }, 1000);
    late = setTimeout(function () { $("old").hidden = false; }, 20000);
    worker.postMessage(job);
  }

  function look(asked, child) {
    out.hidden = names.hidden = true;
    if (!words.value.trim()) return say("empty");
    if (job) { // the one before is not worth finishing
      stop();
      still();
    }
    job = { text: words.value, asked: !!asked, child: child || "" };
    if (ready) return send();
    if (window.jagaEngine && !worker) start();
    else load();
  }

  function choose(list) {
    each(names, ".name", function (b) { b.remove(); });
    list.forEach(function (name) {
      var b = document.createElement("button");
      b.type = "button";
      b.className = "btn name";
      b.textContent = name;
      b.onclick = function () { look(true, name); };
      none.parentNode.insertBefore(b, none);
    });
    fit(names, {});
    names.hidden = false;
    names.querySelector("h2").focus();
  }

  // fit shows what is for this reader and holds of this answer.
  function fit(root, on) {
    each(root, "[data-for],[data-if]", function (el) {
      var a = el.getAttribute("data-for"), b = el.getAttribute("data-if");
      el.hidden = a && a.split(" ").indexOf(who.value) < 0 || b && !b.split(" ").some(function (k) { return on[k]; });
    });
  }

  function show() {
    var on = { why: last.signs.length }, found = {};
    ["crisis", "short", "cut", "hard", "foreign"].forEach(function (k) { on[k] = last[k]; });
    last.forms.forEach(function (f) { on[f] = true; });
    on[last.forms.length ? "form" : last.signs.length ? "hint" : last.crisis ? "" : "none"] = true;
    last.forms.slice().reverse().forEach(function (f) { // the clearest first
      each(out, "[data-if=" + f + "]", function (el) {
        var h = el.parentNode.querySelector("h2");
        el.parentNode.insertBefore(el, h ? h.nextSibling : el.parentNode.firstChild);
      });
    });
    fit(out, on);
    last.signs.forEach(function (s) { found[s.key] = s.quotes; });
    each(out, "[data-sign]", function (div) {
      var quotes = found[div.getAttribute("data-sign")];
      each(div, "blockquote", function (q) { q.remove(); });
      div.hidden = !quotes;
      (quotes || []).forEach(function (q) {
        var b = document.createElement("blockquote"), m = document.createElement("mark");
        m.textContent = q[1];
        b.append(q[0], m, q[2]);
        div.appendChild(b);
      });
    });
    out.hidden = false;
    out.querySelector("section:not([hidden]) h2").focus();
  }

  function clear() {
    words.value = "";
    if (job) stop(); // it may be long at work
    job = last = null;
    still();
    say(ready ? "ready" : "");
    each(document, "#out blockquote, #names .name", function (el) { el.remove(); });
    out.hidden = names.hidden = $("old").hidden = true;
  }

  $("look").onclick = function () { look(); };
  none.onclick = function () { look(true); };
  $("clear").onclick = function () { clear(); words.focus(); };
  words.onfocus = load;
  who.onchange = function () { load(); if (last) show(); };
  addEventListener("pagehide", clear);
  words.value = "";
  $("look").disabled = $("clear").disabled = false; // what moved later would jump under the finger
})();
