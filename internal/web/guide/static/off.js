// Keeps the guide on this phone, or removes it, when the reader asks for it.
// Pages may not fetch; the worker does, and tells how far it is.
(function () {
  "use strict";
  var root = new URL(".", document.currentScript.src).href;
  var mine = "jaga " + root + " ";
  var box = document.querySelector(".stow"), bar = box.querySelector("progress"), form = box.querySelector("form");
  var each = Array.prototype.forEach;

  function show(state) {
    each.call(box.querySelectorAll("[data-when]"), function (el) {
      el.hidden = el.getAttribute("data-when").split(" ").indexOf(state) < 0;
    });
  }

  if (location.protocol === "file:") return show("file");
  if (!window.caches || !navigator.serviceWorker) return show("cannot");

  function ours() {
    return caches.keys().then(function (all) {
      return all.filter(function (key) { return key.indexOf(mine) === 0; });
    });
  }

  // Waits until the newest worker is at work.
  function ready(registration) {
    var worker = registration.installing || registration.waiting || registration.active;
    return new Promise(function (resolve, reject) {
      function look() {
        if (worker.state === "activated") resolve(worker);
        if (worker.state === "redundant") reject(new Error("replaced"));
      }
      worker.addEventListener("statechange", look);
      look();
    });
  }

  function keep() {
    var watch;
    function end(state) {
      clearTimeout(watch);
      show(state);
    }
    // Browsers end a worker that takes long; what it has saved stays.
    function wait() {
      clearTimeout(watch);
      watch = setTimeout(end, 60000, "half");
    }
    show("busy");
    wait();
    navigator.serviceWorker.register(root + "sw.js", { updateViaCache: "none" }).then(function (registration) {
      return registration.update().catch(function () {}).then(function () { return ready(registration); });
    }).then(function (worker) {
      var channel = new MessageChannel();
      channel.port1.onmessage = function (e) {
        if (e.data.end) return end(e.data.end);
        bar.max = e.data.all;
        bar.value = e.data.done;
        wait();
      };
      worker.postMessage("save", [channel.port2]);
    }).catch(function (fault) { end(fault.name === "SecurityError" || fault.name === "NotSupportedError" ? "cannot" : "half"); });
  }

  function remove() {
    return navigator.serviceWorker.getRegistrations().then(function (list) {
      return Promise.all(list.map(function (r) { return r.scope === root && r.unregister(); }));
    }).then(ours).then(function (keys) {
      return Promise.all(keys.map(function (key) { return caches.delete(key); }));
    }).then(ours).then(function (left) {
      if (left.length) return show("stay");
      // The server can also have the browser drop its own copies of files.
      if (form.method === "post" && navigator.onLine) return form.submit();
      show("gone");
    }).catch(function () { show("stay"); });
  }

  each.call(box.querySelectorAll("button[type=button]"), function (b) { b.addEventListener("click", keep); });
  form.addEventListener("submit", function (e) {
    e.preventDefault();
    remove();
  });

  ours().then(function (keys) {
    return Promise.all(keys.map(function (key) { return caches.match(root + "whole", { cacheName: key }); })).then(function (marks) {
      show(marks.some(Boolean) ? "whole" : keys.length ? "half" : "none");
    });
  }).catch(function () { show("cannot"); });
})();
