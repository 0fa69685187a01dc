// The worker: starts the engine and hands it texts, one after the other.
"use strict";

// Bytes stand in strings, a byte a character.
function bytes(s) {
  const out = new Uint8Array(s.length);
  for (let i = 0; i < s.length; i++) out[i] = s.charCodeAt(i);
  return out;
}

// Exports that are JSON become lines of "name: text". What is no such export
// stays as it is.
function lines(text) {
  if (!/^\s*[[{]/.test(text)) return text;
  const out = [];
  const words = (v) => typeof v === "string" ? v : Array.isArray(v) ? v.map((x) => x && x.text || x).join("") : "";
  const walk = (v, depth) => {
    if (!v || typeof v !== "object" || depth > 6) return;
    const author = v.author && (v.author.nickname || v.author.name) || v.from || v.sender_name;
    const said = words(v.text || v.content);
    if (typeof author === "string" && said) out.push([v.timestamp_ms || 0, author + ": " + said.replace(/\s+/g, " ")]);
    else for (const k of Object.keys(v)) walk(v[k], depth + 1);
  };
  try {
    walk(JSON.parse(text), 0);
  } catch (e) {
    return text;
  }
  if (!out.length) return text;
  out.sort((a, b) => a[0] - b[0]); // Instagram has the newest first
  return out.map((x) => x[1]).join("\n");
}

onmessage = async (e) => {
  const job = e.data;
  try {
    if (job.wasm) {
      const go = new Go();
      // Nothing is collected until the memory nears a limit: starting makes little
      // rubbish and should not wait for it.
      go.env.GOGC = "off";
      go.env.GOMEMLIMIT = "72MiB";
      const program = await WebAssembly.instantiate(bytes(job.wasm), go.importObject);
      go.run(program.instance).then(() => postMessage({ bad: "it ended" }));
      const bad = jagaOpen(...job.packs.map(bytes));
      postMessage(bad ? { bad: bad } : { ready: true });
    } else {
      postMessage(jagaLook(lines(job.text), job.asked, job.child));
    }
  } catch (x) {
    postMessage({ bad: String(x) });
  }
};
