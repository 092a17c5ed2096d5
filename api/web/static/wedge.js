// A scanner that types: a fast burst of keys that ends in Enter goes into the next field, whatever has the focus.

const FASTEST_BY_HAND = 60; // ms between two keys: no hand is as fast for so many
const SHORTEST = 3;

// `take(text)` gets what was scanned; what the burst had typed into a field is taken out of it again.
export function listenForScans(take) {
  let burst = [];
  let last = 0;
  let before = null;

  function begin(target) {
    burst = [];
    before = target.matches?.("input, textarea") ? { target, value: target.value } : null;
  }

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key.length > 1 && event.key !== "Enter") return; // Shift and the like
    if (event.timeStamp - last > FASTEST_BY_HAND) begin(event.target);
    last = event.key === "Enter" ? -Infinity : event.timeStamp; // the next begins anew, however soon
    if (event.key !== "Enter") {
      burst.push(event.key);
      if (burst.length < 2) return;
      event.stopImmediatePropagation(); // no shortcut is meant
      if (before === null) event.preventDefault(); // nor a button, by a space
      return;
    }
    if (burst.length < SHORTEST) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (before !== null) before.target.value = before.value;
    const scanned = burst.join("");
    burst = [];
    take(scanned);
  }, { capture: true });
}
