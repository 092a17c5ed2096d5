// The panel in which units are released or rejected: its buttons say what they will do as the choice changes.
// Without this script the server asks again when the choice is another than the buttons said.

const SEVERAL = 3; // from more units on there is a box for all

function filled(pattern, values) {
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

function label(button, form, boxes, chosen) {
  const lots = new Set(chosen.map((box) => box.dataset.batch));
  const all = boxes.filter((box) => lots.has(box.dataset.batch)).length;
  const count = chosen.length;
  if (count === 0) return button.dataset.none;
  if (count === 1 && all === 1) {
    const { unit, lot, batch } = chosen[0].dataset;
    return filled(button.dataset.one, { name: unit ? filled(form.dataset.unitOf, { unit, lot }) : batch });
  }
  const lot = lots.size === 1 ? chosen[0].dataset.lot : filled(form.dataset.lots, { count: lots.size });
  return filled(count === all ? button.dataset.all : button.dataset.some, { count, all, lot });
}

function follow(form) {
  const boxes = [...form.querySelectorAll("input[name=unit]:not(:disabled)")];
  const chosen = boxes.filter((box) => box.checked);
  form.elements.said.value = chosen.map((box) => box.value).join(",");
  for (const button of form.querySelectorAll("button[name=state]")) {
    button.textContent = label(button, form, boxes, chosen);
    button.disabled = chosen.length === 0;
  }
  const every = form.querySelector("input[data-every]");
  if (every !== null && boxes.length > SEVERAL) {
    every.closest("label").hidden = false;
    every.checked = chosen.length === boxes.length;
    every.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
  }
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-disposition]");
  if (form === null) return;
  if (event.target.matches("input[data-every]")) {
    for (const box of form.querySelectorAll("input[name=unit]:not(:disabled)")) box.checked = event.target.checked;
  }
  follow(form);
});

// A panel that somebody works in is not exchanged under their hands.
document.addEventListener("focusin", (event) => {
  event.target.closest("#decide")?.removeAttribute("data-live");
});

function start() {
  for (const form of document.querySelectorAll("form[data-disposition]")) follow(form);
}
start();
document.addEventListener("htmx:afterSwap", start);
document.addEventListener("live:changed", start);
