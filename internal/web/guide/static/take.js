// Makes codes of the files that the reader chooses. The files stay here: only
// the codes are in the form, which the reader sends.
(function () {
  "use strict";
  function id(x) { return document.getElementById(x); }
  var on = id("on"), form = id("send"), list = id("list"), said = id("said");
  var print = id("print");
  if (print) {
    print.hidden = false;
    print.onclick = function () { window.print(); };
  }
  if (!on) return;
  var words = on.dataset, queue = Promise.resolve(), busy = 0, kept = [], program, worker;
  id("off").hidden = true;
  on.hidden = false;

  function say(key) { said.textContent = key ? words[key] : ""; }

  // The program is large, so it comes with the first file.
  function load() {
    if (!program) program = new Promise(function (ok, no) {
      var s = document.createElement("script");
      s.src = words.program;
      s.onload = ok;
      s.onerror = function () { program = null; no("broken"); };
      document.head.appendChild(s);
    });
    return program;
  }

  function ask(message, row) {
    return load().then(function () {
      if (!worker) {
        worker = new Worker(URL.createObjectURL(new Blob(["(" + jagaPicture + ")()"], { type: "text/javascript" })));
        worker.postMessage({ program: jagaPicture.program });
      }
      return new Promise(function (ok, no) {
        worker.onmessage = function (e) {
          if (e.data.part !== undefined) { row.textContent = words.busy + " " + Math.floor(100 * e.data.part) + " %"; return; }
          if (e.data.said !== null) return ok(e.data.said);
          broke();
        };
        worker.onerror = broke;
        function broke() { worker.terminate(); worker = null; no("broken"); }
        worker.postMessage(message, message.pixels ? [message.pixels.buffer] : []);
      });
    }).then(function (text) {
      var out = {};
      text.split("\n").forEach(function (line) { var two = line.split(" "); out[two[0]] = two[1]; });
      return out;
    });
  }

  // Some browsers put noise into what pages read of pictures, which would make
  // codes wrong. A pattern that is known must come back as it was drawn.
  function faithful() {
    var n = 48, c = document.createElement("canvas"), g = c.getContext("2d"), x, want = [];
    c.width = c.height = n;
    for (x = 0; x < n * n; x++) {
      var rgb = [x * 37 % 256, x * 91 % 256, x * 151 % 256];
      g.fillStyle = "rgb(" + rgb + ")";
      g.fillRect(x % n, x / n | 0, 1, 1);
      want.push(rgb[0], rgb[1], rgb[2], 255);
    }
    var got = g.getImageData(0, 0, n, n).data;
    return want.every(function (v, i) { return got[i] === v; });
  }

  // A kind of picture that our own program does not read: the browser may.
  function decode(file, row) {
    return createImageBitmap(file).then(function (m) {
      var c = document.createElement("canvas"), w = m.width, h = m.height;
      if (w * h > 64e6) return { why: "too_many_pixels" };
      if (!faithful()) throw "noise";
      c.width = w;
      c.height = h;
      c.getContext("2d").drawImage(m, 0, 0);
      return ask({ pixels: new Uint8Array(c.getContext("2d").getImageData(0, 0, w, h).data.buffer), width: w, height: h }, row);
    }, function () { return { why: /jpe?g|png|gif|webp|bmp/.test(file.type) ? "damaged" : "kind" }; });
  }

  function measure(file, row) {
    return ask({ file: file }, row).then(function (exact) {
      if (exact.why !== "other") return exact;
      if (/^(video|audio)\//.test(file.type)) { exact.why = "exact"; return exact; }
      if (!/^image\//.test(file.type)) return { why: "damaged" };
      return decode(file, row).then(function (near) {
        exact.why = near.why;
        exact.pdq = near.pdq;
        return exact;
      });
    });
  }

  var notes = { low_quality: "flat", too_big: "big", too_many_pixels: "big", exact: "exact", kind: "kind", unreadable: "unreadable" };

  function show() {
    var lines = [];
    kept.forEach(function (k) { k.forEach(function (c) { if (lines.indexOf(c) < 0) lines.push(c); }); });
    form.elements.codes.value = lines.join("\n");
    form.hidden = busy > 0 || !lines.length || lines.length > 20;
    say(busy ? "busy" : lines.length > 20 ? "many" : lines.length ? "done" : "");
  }

  function add(file) {
    var item = document.createElement("li"), name = document.createElement("b"), note = document.createElement("span"), button = document.createElement("button"), codes = [];
    name.textContent = file.name;
    note.textContent = words.load;
    button.type = "button";
    button.className = "btn";
    button.textContent = words.remove;
    button.setAttribute("aria-label", words.remove + ": " + file.name);
    button.onclick = function () {
      item.remove();
      kept = kept.filter(function (k) { return k !== codes; });
      show();
      id("files").focus();
    };
    item.append(name, note);
    list.appendChild(item);
    busy++;
    show();
    queue = queue.then(function () { return measure(file, note); }).then(function (out) {
      var good = out.sha256 && out.why !== "damaged";
      note.textContent = words[good && out.pdq ? "pdq" : notes[out.why] || "damaged"];
      if (good) {
        codes.push.apply(codes, (out.pdq ? ["pdq:" + out.pdq] : ["md5:" + out.md5]).concat("sha256:" + out.sha256));
        kept.push(codes);
        var code = document.createElement("code");
        code.textContent = words.codes + " " + codes.join(" ");
        item.append(code);
      }
    }).catch(function (e) {
      note.textContent = words[e] || words.broken;
    }).then(function () {
      item.append(button);
      busy--;
      show();
    });
  }

  id("files").onchange = function () {
    if (typeof DecompressionStream === "undefined" || typeof WebAssembly === "undefined" || !self.createImageBitmap) return say("old");
    [].forEach.call(this.files, add);
    this.value = ""; // the same file may be chosen again
  };
  form.addEventListener("submit", function () {
    // Not twice, if somebody taps twice.
    setTimeout(function () { form.querySelector("button").disabled = true; });
  });
})();
