// Checks a profile as one types: what is written is sent to the server, and what comes back takes its place, except in
// the field in use. Form and text follow each other: whichever was changed last is the one that counts.

const AFTER_TYPING = 400;

const editor = document.getElementById("editor");
let waiting = null;
let asked = 0;

function edited(event) {
  editor.elements.edited.value = event.target.id === "profile" ? "text" : "form";
  clearTimeout(waiting);
  waiting = setTimeout(check, AFTER_TYPING);
}

async function check() {
  const mine = ++asked;
  const given = new FormData(editor);
  given.set("do", "check");
  let page = null;
  try {
    const answer = await fetch(editor.action, { method: "POST", body: new URLSearchParams(given) });
    if (answer.status === 401) return location.reload();
    if (answer.ok) page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    // said below
  }
  if (mine !== asked) return; // something newer is on its way
  const fresh = page?.getElementById("editor");
  if (fresh) take(fresh);
  else document.getElementById("problems").textContent = editor.dataset.failed;
}

function take(fresh) {
  fresh.querySelector("[name=edited]").value = editor.elements.edited.value;
  Idiomorph.morph(editor, fresh, {
    ignoreActiveValue: true,
    callbacks: {
      beforeAttributeUpdated: (name, node) => !(name === "open" && node.tagName === "DETAILS"),
    },
  });
}

editor.classList.add("live");
editor.addEventListener("input", edited);
// A button counts what was changed last; the server keeps both sides the same.
editor.addEventListener("submit", () => { asked += 1; clearTimeout(waiting); });
