// The page of a movement: scans go to the next field, what is filled in is kept until it is recorded.

import { forget, keep, send, unsent } from "./unsent.js";
import { listenForScans } from "./wedge.js";

const AGAIN = 5_000; // ms until what waits is tried again
const form = document.getElementById("movement");
const queue = document.getElementById("queue");
const said = document.getElementById("said");
const words = queue.dataset;
const who = form.dataset.who;
const ahead = Date.parse(form.dataset.now) - Date.now(); // the site's clock before this device's
const csrf = document.querySelector("meta[name=csrf]").content;
let isSending = false;
let later = 0;

function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function say(text) {
  said.textContent = text;
  said.hidden = text === "";
}

function clearWrong() {
  for (const each of document.querySelectorAll(".movement .wrong")) {
    each.hidden = true;
    each.removeAttribute("role");
  }
  for (const each of form.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
}

function showWrong({ field, wrong, asks }) {
  const input = form.elements.namedItem(field ?? "");
  const place = document.getElementById(`${field}-wrong`) ?? document.getElementById("form-wrong");
  place.textContent = wrong;
  place.hidden = false;
  place.setAttribute("role", "alert");
  const more = document.getElementById("more");
  if (asks || (input !== null && more.contains(input))) more.open = true;
  if (asks === "override") document.getElementById("override").hidden = false;
  const next = asks ? form.elements.reason : input;
  input?.setAttribute("aria-invalid", "true");
  next?.focus();
}

function emptied() {
  const kept = { do: form.elements.do.value, csrf: form.elements.csrf.value };
  for (const each of form.elements) if (each.name && each.type !== "submit") each.value = kept[each.name] ?? "";
  form.elements.key.value = newKey();
  document.getElementById("override").hidden = true;
  document.getElementById("more").open = false;
  form.querySelector(".field input, .field textarea").focus();
}

function filled() {
  const fields = Object.fromEntries(new FormData(form));
  const { csrf: _, key, ...rest } = fields;
  rest.filled_at = new Date(Date.now() + ahead).toISOString();
  const named = ["unit", "units", "shipment", "quantity", "by", "location", "party"].map((name) => rest[name]).filter(Boolean);
  return { key, who, name: `${form.dataset.name}: ${named.join(" · ")}`, fields: rest, state: "waiting" };
}

// --- what is not recorded yet -------------------------------------------------------------------------------------

function button(text, movement, act) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
  made.setAttribute("aria-label", `${text}: ${movement.name}`);
  made.addEventListener("click", act);
  return made;
}

function row(movement) {
  const line = document.createElement("li");
  const text = Object.assign(document.createElement("span"), { className: "line", textContent: movement.name });
  const state = Object.assign(document.createElement("span"), { className: "state" });
  state.textContent = movement.state === "refused" ? `${words.refused}: ${movement.wrong}` : movement.state === "stranger" ? words.signIn : words.waiting;
  line.className = movement.state;
  text.append(state);
  line.append(text);
  if (movement.state === "refused") {
    line.append(button(words.again, movement, () => correct(movement)), button(words.discard, movement, () => drop(movement)));
  }
  return line;
}

function showQueue() {
  const all = unsent(who);
  queue.hidden = all.length === 0;
  queue.querySelector("ul").replaceChildren(...all.map(row));
}

function drop(movement) {
  forget(movement.key);
  showQueue();
}

function correct(movement) {
  sessionStorage.setItem("coldchain.correct", JSON.stringify(movement));
  drop(movement);
  location.href = `/movements/new?do=${encodeURIComponent(movement.fields.do)}`;
}

function fillAgain() {
  const text = sessionStorage.getItem("coldchain.correct");
  if (text === null) return;
  sessionStorage.removeItem("coldchain.correct");
  const { fields, wrong, field, asks } = JSON.parse(text);
  for (const [name, value] of Object.entries(fields)) {
    const input = form.elements.namedItem(name);
    if (input !== null && name !== "do" && name !== "filled_at") input.value = value;
  }
  if (!fields.when) form.elements.when.value = "";
  showWrong({ field, wrong, asks });
}

async function showMine() {
  const answer = await fetch("/movements/mine").catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.getElementById("mine").replaceWith(page.getElementById("mine"));
}

// Send what waits, in order, until one has no answer.
async function sendAll() {
  if (isSending) return;
  isSending = true;
  clearTimeout(later);
  let hasRecorded = false;
  let hasLeft = false;
  for (const movement of unsent(who).filter((each) => each.state !== "refused")) {
    const outcome = await send(movement, csrf);
    if (outcome.state === "recorded") {
      forget(movement.key);
      hasRecorded = true;
    } else if (outcome.state === "refused") {
      keep({ ...movement, ...outcome });
    } else {
      keep({ ...movement, state: outcome.state === "stranger" ? "stranger" : "waiting" });
      hasLeft = true;
      break;
    }
    showQueue();
  }
  isSending = false;
  showQueue();
  if (hasLeft) later = setTimeout(sendAll, AGAIN);
  else if (hasRecorded) say(words.recorded);
  if (hasRecorded) showMine();
}

// --- one that was just filled in ----------------------------------------------------------------------------------

async function submit() {
  clearWrong();
  say(words.sending);
  const movement = filled();
  const needsSignature = Boolean(movement.fields.password); // a password is never kept
  if (!needsSignature) {
    delete movement.fields.password;
    if (isWaiting()) await sendAll(); // what happened before is recorded before
    if (isWaiting()) return leave(movement, { state: "unknown" });
    keep(movement);
  }
  const outcome = await send(movement, csrf);
  if (outcome.state === "recorded") {
    forget(movement.key);
    say(words.recorded);
    emptied();
    await showMine();
  } else if (outcome.state === "refused") {
    forget(movement.key);
    say("");
    form.elements.key.value = newKey();
    showWrong(outcome);
  } else if (needsSignature) {
    say(words.notSigned);
  } else {
    leave(movement, outcome);
  }
  showQueue();
}

function isWaiting() {
  return unsent(who).some((each) => each.state !== "refused");
}

function leave(movement, outcome) {
  const isKept = keep({ ...movement, state: outcome.state === "stranger" ? "stranger" : "waiting" });
  say(isKept ? words.kept : words.notKept);
  if (!isKept) return;
  emptied();
  showQueue();
  clearTimeout(later);
  later = setTimeout(sendAll, AGAIN);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const record = form.querySelector("button.big");
  if (record.disabled) return;
  record.disabled = true;
  try {
    await submit();
  } finally {
    record.disabled = false;
  }
});

form.elements.namedItem("quantity")?.addEventListener("input", () => {
  if (form.elements.namedItem("part") && !["receive", "split"].includes(form.elements.do.value)) document.getElementById("more").open = true;
});

function nextField() {
  const fields = [...form.querySelectorAll("[data-scan]")].filter((each) => each.closest("details:not([open])") === null);
  const has = document.activeElement;
  return fields.includes(has) && (has.value === "" || has.tagName === "TEXTAREA") ? has : fields.find((each) => each.value === "" || each.tagName === "TEXTAREA");
}

listenForScans((text) => {
  const field = nextField();
  if (field === undefined) {
    say(words.full);
    return;
  }
  clearWrong();
  field.value = field.tagName === "TEXTAREA" && field.value ? `${field.value.trimEnd()}\n${text}` : text;
  const fields = [...form.querySelectorAll(".field input, .field select, .field textarea")];
  (fields.find((each) => each.required && each.value === "") ?? form.querySelector("button.big")).focus();
});

addEventListener("online", sendAll);
document.addEventListener("visibilitychange", () => document.hidden || sendAll());
fillAgain();
showQueue();
sendAll();
