// What every page does: `/` goes to the search, ages stay true, rows that are links react as a whole.

const UNITS = [[86400, "d"], [3600, "h"], [60, "min"]];

// As `age` in formats.py: seconds to a minute, minutes to a day, hours alone to three days, then days and hours.
export function duration(seconds) {
  let left = Math.max(0, Math.floor(seconds));
  if (left < 60) return `${left} s`;
  if (left >= 86400) left -= left % 3600;
  const inDays = left >= 73 * 3600;
  const parts = [];
  for (const [size, unit] of inDays ? UNITS.slice(0, 2) : UNITS.slice(1)) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count) parts.push(`${count} ${unit}`);
  }
  return parts.join(" ");
}

function keepAgesTrue() {
  const now = Date.now();
  for (const element of document.querySelectorAll("time.age[data-at]")) {
    const text = duration((now - Number(element.dataset.at)) / 1000);
    if (element.textContent !== text) element.textContent = text;
  }
}

function isTyping(target) {
  return target.closest("input, textarea, select, [contenteditable]") !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const search = document.getElementById("search");
  if (search === null) return;
  event.preventDefault();
  search.focus();
  search.select();
});

document.addEventListener("click", (event) => {
  const row = event.target.closest("tr.link");
  if (row === null || event.target.closest("a, button, input, label") || getSelection().toString()) return;
  row.querySelector("a").click();
});

function clockText(language, parts) {
  if (language !== "en") return new Intl.DateTimeFormat(language, parts).format(new Date());
  const said = Object.fromEntries(new Intl.DateTimeFormat("en-GB", parts).formatToParts(new Date()).map(({ type, value }) => [type, value]));
  return `${said.weekday} ${said.day} ${said.month.replace("Sept", "Sep")} ${said.hour}:${said.minute}`;
}

// As `Clock.day_and_time` in formats.py, in the zone that the element names.
function keepClocksTrue() {
  for (const element of document.querySelectorAll("time[data-clock]")) {
    const parts = { timeZone: element.dataset.clock, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    const text = clockText(document.documentElement.lang, parts);
    if (element.textContent !== text) element.textContent = text;
  }
}

function keepTimesTrue() {
  keepAgesTrue();
  keepClocksTrue();
}

// On a phone the tabs scroll: the one in use is in view.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

keepTimesTrue();
setInterval(keepTimesTrue, 1000);
