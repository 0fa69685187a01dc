// Passkeys. A form with data-passkey asks the server what to ask the browser
// for, puts the browser's answer into its hidden fields, and is sent as any
// other form. Without a script the other ways in stay.

const forms = document.querySelectorAll("form[data-passkey]");
const able = () => window.PublicKeyCredential?.parseRequestOptionsFromJSON && window.PublicKeyCredential?.parseCreationOptionsFromJSON;

for (const form of forms) {
  const button = form.querySelector("button");
  const fault = form.querySelector("[data-passkey-fault]");
  form.querySelector("[data-passkey-script]").hidden = true;
  const say = (why) => {
    fault.textContent = fault.dataset[why];
    fault.hidden = false;
  };
  if (!able()) {
    say("old");
    continue;
  }
  button.hidden = false;
  let answered = false;
  form.addEventListener("submit", async (e) => {
    if (answered) return;
    e.preventDefault();
    fault.hidden = true;
    button.disabled = true;
    try {
      const begun = await fetch(form.dataset.begin, { method: "POST", headers: { Accept: "application/json" } });
      if (!begun.headers.get("Content-Type")?.startsWith("application/json")) {
        // The session ended, or its proof is too old.
        if (begun.status === 403) location.assign("/confirm?next=" + encodeURIComponent(location.pathname));
        else if (begun.redirected) location.assign(begun.url);
        else say("failed");
        return;
      }
      const { options, state } = await begun.json();
      const made =
        form.dataset.passkey === "create"
          ? await navigator.credentials.create({
              publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey),
            })
          : await navigator.credentials.get({
              publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey),
            });
      form.querySelector("[name=state], [data-state]").value = state;
      form.querySelector("[name=answer], [data-answer]").value = JSON.stringify(made.toJSON());
      answered = true;
      form.requestSubmit();
    } catch (err) {
      say({ NotAllowedError: "stopped", AbortError: "stopped", InvalidStateError: "known" }[err.name] ?? "failed");
    } finally {
      button.disabled = false;
    }
  });
}
