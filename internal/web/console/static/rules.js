// The page that writes a rule without code shows only the choices that belong
// to what was chosen. Without JavaScript all of them stand there.
const form = document.querySelector(".ruleform");
if (form) {
  const show = () => {
    const what = form.querySelector('input[name="what"]:checked')?.value;
    for (const part of form.querySelectorAll("[data-what]")) part.hidden = part.dataset.what !== what;
  };
  form.addEventListener("change", show);
  show();
}

// A back-test that runs: the page is read again until it has ended, unless
// somebody is writing.
if (document.querySelector("[data-again]")) {
  const again = () => {
    if (document.activeElement?.matches("input, textarea, select")) setTimeout(again, 3000);
    else location.reload();
  };
  setTimeout(again, 3000);
}
