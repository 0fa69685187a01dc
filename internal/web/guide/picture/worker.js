// Computes the codes of a file that never leaves the page. The page makes a
// worker of this function and sends it, first, the program as base64 of its
// gzip; then a file, or the pixels of a picture. It answers with how far it
// is, and with what the program says, or with null when the program broke.
function jagaPicture() {
  "use strict";
  var go, file, pixels, at, piece, start, answer;

  function view() { return new DataView(go.memory.buffer); }
  function bytes(ptr, n) { return new Uint8Array(go.memory.buffer, ptr, n); }
  function none() { return 0; }
  function bad() { return 8; } // no such file
  function zeros(a, b) { var v = view(); v.setUint32(a, 0, true); v.setUint32(b, 0, true); return 0; }

  // What Go's runtime asks of its host: the time, chance, and no files.
  var host = {
    sched_yield: none, args_get: none, environ_get: none, fd_close: bad, fd_read: bad,
    fd_fdstat_get: bad, fd_fdstat_set_flags: bad, fd_prestat_get: bad, fd_prestat_dir_name: bad,
    args_sizes_get: zeros, environ_sizes_get: zeros,
    proc_exit: function () { throw new Error("ended"); },
    random_get: function (ptr, n) { crypto.getRandomValues(bytes(ptr, n)); return 0; },
    clock_time_get: function (id, precision, ptr) {
      var t = Date.now() * 1e6, v = view();
      v.setUint32(ptr, t % 4294967296, true);
      v.setUint32(ptr + 4, t / 4294967296, true);
      return 0;
    },
    poll_oneoff: function (ins, outs, n, count) {
      bytes(outs, 32 * n).fill(0);
      view().setUint32(count, n, true);
      return 0;
    },
    fd_write: function (fd, list, n, written) {
      var v = view(), sum = 0;
      for (var i = 0; i < n; i++) sum += v.getUint32(list + 8 * i + 4, true);
      v.setUint32(written, sum, true);
      return 0;
    }
  };

  // The file comes in pieces, so that a long one needs little memory.
  function read(to, n) {
    if (!pixels && at >= start + piece.length) {
      start = at;
      piece = new Uint8Array(new FileReaderSync().readAsArrayBuffer(file.slice(at, at + 4194304)));
      if (file.size > 33554432) postMessage({ part: at / file.size });
    }
    var from = pixels || piece, offset = pixels ? at : at - start;
    var part = from.subarray(offset, offset + n);
    bytes(to, part.length).set(part);
    at += part.length;
    return part.length;
  }

  function say(ptr, n) { answer = new TextDecoder().decode(bytes(ptr, n)); }

  function load(text) {
    var raw = atob(text), gz = new Uint8Array(raw.length);
    for (var i = 0; i < raw.length; i++) gz[i] = raw.charCodeAt(i);
    return new Response(new Blob([gz]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer().then(function (wasm) {
      return WebAssembly.instantiate(wasm, { wasi_snapshot_preview1: host, jaga: { read: read, say: say } });
    }).then(function (made) {
      go = made.instance.exports;
      go._initialize();
    });
  }

  var ready;
  onmessage = function (e) {
    var m = e.data;
    if (m.program) {
      ready = load(m.program);
      return;
    }
    ready.then(function () {
      at = start = 0;
      piece = new Uint8Array(0);
      answer = null;
      file = m.file;
      pixels = m.pixels;
      if (file) go.codes(file.size); else go.pixels(m.width, m.height);
      postMessage({ said: answer });
    }).catch(function () { postMessage({ said: null }); });
  };
}
