// Keeps an open page true. Any page may use it; base.html loads it for whoever is signed in.
//
//   <section id="x" data-live>       this page is fetched again when something happened, and the element of that id
//                                    takes the place of this one: in place, what has not changed stays untouched
//   <tbody data-keep-order>          rows keep their order while the pointer or the focus is inside; each has an id
//   <span data-glow>                 glows for a second when its text changes
//   <details>, inputs in use         stay as the person left them
//   <div data-live-skip>             is left alone
//   <section … data-readings-every="20">   anywhere on a page that costs much to make: for new readings alone it is
//                                    fetched no more often than so many seconds; for everything else at once
//
// A page fetched for this carries the header `X-Live`: it may answer with the live elements alone, and with an ETag:
// then 304 while nothing changed. Fetched at most once a second, and at least once a minute. Anything may ask for it
// by `document.dispatchEvent(new Event("live:refresh"))`; after each change comes `live:changed` on the element.
//
// Events come by number: a page that was cut off or hidden goes on after the last one it knows. While it is cut off it
// says so in #not-live. Hidden pages are not connected: a browser has few connections to one address.

const NOT_MORE_OFTEN = 1000;
const NOT_LESS_OFTEN = 60000;
const AFTER_A_FAILURE = 3000;
const AFTER_A_REFUSAL = 5000;
const PATIENCE = 5000; // before a cut is worth telling
const DEAD_AFTER = 40000; // the server says something every 15 s

let source = null;
let known = null; // the last event's number
let heardAt = 0;
let notBefore = 0; // another try
let cutSince = null; // the stream
let failedSince = null; // fetching
let tag = null;
let fetchedAt = 0;
let waiting = null;
let busy = false;
let dirty = false;

const liveElements = () => document.querySelectorAll("[data-live]");

function connect() {
  if (source !== null || document.hidden || Date.now() < notBefore) return;
  source = new EventSource(known === null ? "/live" : `/live?after=${known}`);
  source.onopen = () => { heard(); refresh(); };
  source.onmessage = (event) => { heard(event); if (isWorthIt(event)) refresh(); };
  source.addEventListener("reset", (event) => { heard(event); refresh(); });
  source.addEventListener("beat", (event) => heard(event));
  source.addEventListener("problems", (event) => { heard(event); countProblems(Number(event.data)); });
  source.onerror = () => {
    cutSince ??= Date.now();
    if (source?.readyState !== EventSource.CLOSED) return; // it tries again by itself
    disconnect();
    notBefore = Date.now() + AFTER_A_REFUSAL;
    signedOut();
  };
}

function disconnect() {
  source?.close();
  source = null;
}

function heard(event) {
  heardAt = Date.now();
  cutSince = null;
  if (event?.lastEventId) known = event.lastEventId;
}

// The stream was refused: signed out, most likely. The page itself knows the way to the sign-in.
async function signedOut() {
  const answer = await fetch(location.href, { headers: { "X-Live": "1" } }).catch(() => null);
  if (answer?.status === 401) location.reload();
}

function countProblems(count) {
  const badge = document.getElementById("open-problems");
  if (badge === null || badge.textContent === String(count)) return;
  badge.textContent = count;
  badge.hidden = count === 0;
}

// Readings come all the time.
function isWorthIt(event) {
  const every = document.querySelector("[data-readings-every]")?.dataset.readingsEvery ?? 0;
  return JSON.parse(event.data).kind !== "messages" || Date.now() - fetchedAt >= every * 1000;
}

// --- fetching -------------------------------------------------------------------------------------------------------

function refresh() {
  if (liveElements().length === 0) return;
  dirty = true;
  if (busy || waiting !== null) return;
  const pause = failedSince === null ? NOT_MORE_OFTEN : AFTER_A_FAILURE;
  waiting = setTimeout(fetchAgain, Math.max(0, fetchedAt + pause - Date.now()));
}

async function fetchAgain() {
  waiting = null;
  busy = true;
  dirty = false;
  fetchedAt = Date.now();
  try {
    const headers = { "X-Live": "1" };
    if (tag !== null) headers["If-None-Match"] = tag;
    const answer = await fetch(location.href, { headers });
    if (answer.status === 401) location.reload();
    if (answer.status >= 500) throw new Error(answer.statusText);
    failedSince = null;
    if (answer.status === 200) {
      tag = answer.headers.get("ETag");
      take(new DOMParser().parseFromString(await answer.text(), "text/html"));
    }
  } catch {
    failedSince ??= Date.now();
    dirty = true;
  } finally {
    busy = false;
    if (dirty) refresh();
  }
}

function take(page) {
  for (const element of liveElements()) {
    const fresh = page.getElementById(element.id);
    if (fresh !== null) morph(element, fresh);
  }
}

function morph(element, fresh) {
  keepOrder(element, fresh);
  const glowing = [];
  Idiomorph.morph(element, fresh, {
    ignoreActiveValue: true,
    callbacks: {
      beforeNodeMorphed(before, after) {
        if (before.nodeType !== Node.ELEMENT_NODE) return true;
        if (before.hasAttribute("data-live-skip")) return false;
        if (before.hasAttribute("data-glow") && before.textContent !== after.textContent) glowing.push(before);
        if (before.matches("time.age") && before.dataset.at === after.dataset?.at) return false;
        return true;
      },
      beforeAttributeUpdated(name, node) {
        return !(name === "open" && node.tagName === "DETAILS");
      },
    },
  });
  for (const each of glowing) glow(each);
  const still = document.getElementById(element.id);
  if (still === null) return;
  window.htmx?.process(still);
  still.dispatchEvent(new CustomEvent("live:changed", { bubbles: true }));
}

// Puts what came into the order that is on the screen, where somebody is about to press something.
function keepOrder(element, fresh) {
  const lists = [...element.querySelectorAll("[data-keep-order]")];
  if (element.matches("[data-keep-order]")) lists.push(element);
  for (const list of lists) {
    const other = list.id === fresh.id ? fresh : fresh.querySelector(`#${CSS.escape(list.id)}`);
    if (other === null || !list.matches(":hover, :focus-within")) continue;
    const places = new Map([...list.children].map((row, place) => [row.id, place]));
    const rows = [...other.children];
    rows.sort((a, b) => (places.get(a.id) ?? rows.length) - (places.get(b.id) ?? rows.length));
    other.append(...rows);
  }
}

function glow(element) {
  element.classList.remove("glow");
  void element.offsetWidth; // begins anew
  element.classList.add("glow");
  setTimeout(() => element.classList.remove("glow"), 1300);
}

// --- beginning ------------------------------------------------------------------------------------------------------

function look() {
  const now = Date.now();
  if (source !== null && heardAt && now - heardAt > DEAD_AFTER) {
    cutSince ??= heardAt;
    disconnect();
  }
  if (source === null && !document.hidden) connect();
  if (!document.hidden && now - fetchedAt > NOT_LESS_OFTEN) refresh();
  const notice = document.getElementById("not-live");
  const since = Math.min(cutSince ?? now, failedSince ?? now);
  if (notice !== null) notice.hidden = now - since < PATIENCE;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) disconnect();
  else { heardAt = Date.now(); connect(); }
});
document.addEventListener("live:refresh", refresh);
addEventListener("pagehide", disconnect);
addEventListener("pageshow", connect);

fetchedAt = Date.now();
connect();
setInterval(look, 1000);
