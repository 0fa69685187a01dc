// The form that starts a watch shows only the field of the way that is chosen.
for (const form of document.querySelectorAll("form.live-new")) {
  const show = () => {
    for (const part of form.querySelectorAll("[data-how]")) part.hidden = part.dataset.how !== form.elements.how.value;
  };
  form.addEventListener("change", show);
  show();
}
