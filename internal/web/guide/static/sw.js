// Keeps the guide on a phone. Before this text stands self.pack: the version,
// and the files with the start of their SHA-256. Nothing is kept before a
// reader asks for it on the page that registers this worker, and a set of
// files counts only when all of them are there.
"use strict";
var pack = self.pack;
var root = new URL(".", self.location).href;
var mine = "jaga " + root + " "; // other sites of the same host have theirs
var name = mine + pack.version;
var mark = root + "whole";

function at(path) { return new URL(path, root).href; }

function find(url) { return caches.match(url, { cacheName: name, ignoreVary: true }); }

// Lists the names of our caches, of all versions.
function ours() {
  return caches.keys().then(function (all) {
    return all.filter(function (key) { return key.indexOf(mine) === 0; });
  });
}

// Gives a copy of the response if it is the file that it should be.
function same(response, sum) {
  if (!response || !response.ok) return null;
  return response.arrayBuffer().then(function (data) {
    return crypto.subtle.digest("SHA-256", data).then(function (hash) {
      if (btoa(String.fromCharCode.apply(null, new Uint8Array(hash, 0, 12))) !== sum) return null;
      var headers = new Headers(response.headers);
      headers.delete("content-encoding"); // it is unpacked
      headers.delete("content-length");
      return new Response(data, { headers: headers });
    });
  });
}

// Puts one file into the cache: what is there, of an older version, or new.
function keep(cache, path) {
  var url = at(path), sum = pack.files[path];
  return cache.match(url).then(function (there) {
    return there || caches.match(url).then(function (old) { return same(old, sum); }).then(function (old) {
      return old || fetch(url, { cache: "no-cache" }).then(function (fresh) { return same(fresh, sum); });
    }).then(function (file) {
      if (!file) throw new Error("changed");
      return cache.put(url, file);
    });
  });
}

// Saves all files, some at a time, and tells how many are there.
function save(tell) {
  var todo = Object.keys(pack.files), all = todo.length, done = 0;
  return caches.open(name).then(function (cache) {
    function next() {
      var path = todo.pop();
      return path && keep(cache, path).then(function () {
        tell(++done, all);
        return next();
      });
    }
    return Promise.all([next(), next(), next(), next()]).then(function () {
      return cache.put(mark, new Response(""));
    });
  });
}

// Removes what older versions kept, once this one is whole.
function tidy() {
  return Promise.all([find(mark), ours()]).then(function (found) {
    return found[0] && Promise.all(found[1].map(function (key) { return key !== name && caches.delete(key); }));
  });
}

// A new version fetches its files before it takes over, if the reader has asked
// for an older one to be kept.
addEventListener("install", function (e) {
  e.waitUntil(ours().then(function (keys) {
    return Promise.all(keys.map(function (key) { return caches.match(mark, { cacheName: key }); }));
  }).then(function (marks) {
    return marks.some(Boolean) && save(function () {});
  }).then(function () { return self.skipWaiting(); }));
});

addEventListener("activate", function (e) { e.waitUntil(tidy()); });

addEventListener("message", function (e) {
  var port = e.ports[0];
  e.waitUntil(save(function (done, all) { port.postMessage({ done: done, all: all }); }).then(tidy).then(function () {
    port.postMessage({ end: "whole" });
  }, function (fault) {
    port.postMessage({ end: fault.name === "QuotaExceededError" ? "full" : "half" });
  }));
});

function lang(url) {
  var first = url.slice(root.length).split("/")[0], list = [first].concat(self.navigator.languages || []);
  for (var i = 0; i < list.length; i++) {
    if (pack.home[list[i].slice(0, 2)]) return list[i].slice(0, 2);
  }
  return Object.keys(pack.home)[0];
}

// Answers from what is kept. An address with a question is for the server, if
// it can be reached.
function answer(request) {
  var url = request.url.split("#")[0], plain = url.split("?")[0].replace(/\/$/, "");
  function stored() {
    return find(plain).then(function (hit) { return hit || find(plain + "/index.html"); });
  }
  return (url.indexOf("?") < 0 ? stored() : Promise.resolve()).then(function (hit) {
    return hit || fetch(request).catch(function (fault) {
      return stored().then(function (hit) {
        if (hit) return hit;
        if (request.mode !== "navigate") throw fault;
        return Response.redirect(at(plain + "/" === root ? pack.home[lang(url)] : pack.lost[lang(url)]));
      });
    });
  });
}

addEventListener("fetch", function (e) {
  var r = e.request;
  if (r.method !== "GET" || r.url.indexOf(root) !== 0) return;
  e.respondWith(find(mark).then(function (whole) { return whole ? answer(r) : fetch(r); }));
});
