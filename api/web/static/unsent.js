// Movements that are not recorded yet, kept on this device: `{key, who, name, fields, state, wrong}`. The key makes a
// movement count once, however often it is sent. Only who filled it in sends it.

const NAME = "coldchain.unsent-movements";
const PATIENCE = 10_000; // ms for an answer

export function unsent(who) {
  try {
    return JSON.parse(localStorage.getItem(NAME) ?? "[]").filter((each) => each.who === who);
  } catch {
    return []; // nothing can be kept here
  }
}

function change(edit) {
  try {
    localStorage.setItem(NAME, JSON.stringify(edit(JSON.parse(localStorage.getItem(NAME) ?? "[]"))));
    return true;
  } catch {
    return false;
  }
}

// False where this device keeps nothing.
export function keep(movement) {
  return change((all) => [...all.filter((each) => each.key !== movement.key), movement]);
}

export function forget(key) {
  change((all) => all.filter((each) => each.key !== key));
}

// Return `{state, …}`: recorded (id), refused (field, wrong, asks), unknown (no answer), stranger (nobody is signed in).
export async function send(movement, csrf) {
  const body = new URLSearchParams({ ...movement.fields, key: movement.key });
  let answer;
  try {
    answer = await fetch("/movements/send", { method: "POST", body, headers: { "X-CSRF-Token": csrf }, signal: AbortSignal.timeout(PATIENCE) });
    if (answer.status === 401 || answer.status === 403 && !isJson(answer)) return { state: "stranger" };
    if (answer.status >= 500 || !isJson(answer)) return { state: "unknown" };
    const said = await answer.json();
    return answer.ok ? { state: "recorded", ...said } : { state: "refused", ...said };
  } catch {
    return { state: "unknown" };
  }
}

function isJson(answer) {
  return answer.headers.get("Content-Type")?.startsWith("application/json") ?? false;
}
