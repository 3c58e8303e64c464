// The whole state in the address: #7&a=2.5&panel=inputs&theme=dark&hide=mistakes,predict&embed. First the step, then what is not
// as the page begins: values by name, and what each file has put into `addressed`. What is unknown or broken is passed over.

// #f3 is the third value of the forward pass, #7 step 7 of the sweep from edge to edge, whatever the steps on the page are, and
// with a question mark the question before it.
const stepLink = ({ forward, at, asking }) => `${forward ? "f" : ""}${at}${asking ? "?" : ""}`;

function linkedBeat(text) {
  const found = /^(f?)(\d+)(\?)?$/i.exec(text);
  if (!found) return 0;
  const [, forward, digits, asking] = found, at = Math.min(Number(digits), forward ? FORWARD : stepCount());
  return (forward ? 0 : SEED) + 2 * at - (asking && at ? 1 : 0);
}

// A name as it is typed has its digits on the line, unless another name then looks the same.
const lowered = told.names.map(spelled);
const typedNames = lowered.map((name, i) => (lowered.indexOf(name) === lowered.lastIndexOf(name) ? name : told.names[i]));
const nodeCalled = (name) => Math.max(typedNames.indexOf(name), told.names.indexOf(name));
const inList = (names) => names.map((name) => name.replace(/[\\,]/g, "\\$&")).join(",");
const fromList = (text) => (text.match(/(?:\\.|[^,\\])+/g) ?? []).map((name) => name.replace(/\\(.)/g, "$1"));

const FLAG = "on"; // the text of what is written as its name alone

// The page's own parts of the state -----------------------------------------------------------------------------------------------

const ofSelect = (id, usual) => ({
  get: () => (byId(id).value === usual ? "" : byId(id).value),
  set: (text) => { byId(id).value = [...byId(id).options].some(({ value }) => value === text) ? text : usual; },
});
const usualTheme = document.documentElement.dataset.theme, usualRate = byId("rate").value;

addressed.set("mistake", {
  get: () => state.mistake.replaceAll(" ", "-"),
  set: (text) => { state.mistake = Object.keys(told.mistakes).find((name) => name.replaceAll(" ", "-") === text.replaceAll(" ", "-")) ?? ""; },
});
addressed.set("chosen", {
  get: () => (state.chosen < 0 ? "" : typedNames[state.chosen]),
  set: (text) => {
    const node = nodeCalled(text);
    Object.assign(state, node < 0 ? { chosen: -1 } : { chosen: node, panel: "chain" }, { path: -1 });
  },
});
addressed.set("path", {
  get: () => (state.path < 0 ? "" : String(state.path + 1)),
  set: (text) => { if (told.chain[state.chosen]?.paths[text - 1]) state.path = text - 1; },
});
addressed.set("panel", {
  get: () => (state.panel === "chain" ? "" : state.panel),
  set: (text) => {
    const known = [...panel.querySelectorAll(":scope > section")].some(({ id }) => id === text) && text !== "chain" && !taken.has(text);
    if (known) Object.assign(state, { panel: text, chosen: -1, path: -1 });
    else if (state.chosen < 0) state.panel = "";
  },
});
addressed.set("nudge", {
  get: () => (state.nudging < 0 ? "" : typedNames[state.nudging]),
  set: (text) => { state.nudging = sliderOf.has(nodeCalled(text)) ? nodeCalled(text) : -1; },
});
addressed.set("still", {
  get: () => inList(told.leaves.filter((leaf) => !descending.has(leaf)).map((leaf) => typedNames[leaf])),
  set: (text) => {
    const still = new Set(fromList(text).map(nodeCalled));
    for (const { leaf, descends } of sliders) {
      descends.checked = !still.has(leaf);
      descending[descends.checked ? "add" : "delete"](leaf);
    }
  },
});
addressed.set("rate", {
  get: () => (byId("rate").value === usualRate ? "" : byId("rate").value),
  set: (text) => { byId("rate").value = Number.isFinite(parsed(text)) ? text : usualRate; },
});
const ofTheme = ofSelect("theme", usualTheme);
addressed.set("theme", {
  get: ofTheme.get,
  set: (text) => {
    ofTheme.set(text);
    document.documentElement.dataset.theme = byId("theme").value;
  },
});
addressed.set("notation", {
  get: () => (state.notation === told.notation ? "" : told.notations[state.notation]),
  set: (text) => {
    const place = told.notations.indexOf(text);
    state.notation = place < 0 ? told.notation : place;
    byId("notation").value = state.notation;
    caption.dataset.key = "";
  },
});
addressed.set("speed", ofSelect("speed", "1"));
addressed.set("size", { get: () => (document.body.classList.contains("large") ? "large" : ""), set: (text) => sized(text === "large") });

// What is taken out of the page ---------------------------------------------------------------------------------------------------

// &hide=mistakes,predict takes out controls with their keys: what bears data-hide="mistakes" in the page, and what a file lists
// in `keysOf`. &hide=sentence and &hide=notes take out words.
Object.assign(keysOf, { inputs: "isS", table: "t", mistakes: "m", more: "dnkl?h" });

function takeOut(names) {
  taken.clear();
  for (const name of [...names, ...lacking]) taken.add(name);
  document.body.dataset.hide = [...taken].join(" ");
  for (const part of document.querySelectorAll("[data-hide]:not(body)")) part.classList.toggle("taken", taken.has(part.dataset.hide));
  if (taken.has(state.panel)) state.panel = "";
  if (taken.has(state.scene)) state.scene = "";
  if (taken.has("mistakes")) state.mistake = "";
  if (taken.has("predict")) state.predicting = false;
}
const embedded = () => document.body.classList.contains("embed"); // where there is no place for more than the stage
const takenKey = (key) => key.length === 1 && Object.entries(keysOf).some(([name, keys]) => (taken.has(name) || embedded()) && keys.includes(key));

addressed.set("hide", { get: () => inList([...taken].filter((name) => !lacking.includes(name))), set: (text) => takeOut(fromList(text)) });
addressed.set("embed", {
  get: () => (embedded() ? FLAG : ""),
  set: (text) => { document.body.classList.toggle("embed", Boolean(text)); },
});

// Writing and reading -------------------------------------------------------------------------------------------------------------

// A fragment may hold more than encodeURIComponent leaves: commas, and letters of all scripts, which are read more easily.
const escaped = (text) => encodeURIComponent(text).replaceAll("%2C", ",").replace(/(?:%[C-F][0-9A-F](?:%[89AB][0-9A-F])+)+/g, decodeURIComponent);
const ofValue = (name) => escaped(addressed.has(name) || /^[.]/.test(name) ? `.${name}` : name);

function link() {
  const parts = [stepLink(moment(state.beat))];
  for (const leaf of told.leaves) {
    const value = state.values[leaf];
    if (!Object.is(value, told.values[leaf])) parts.push(`${ofValue(typedNames[leaf])}=${Object.is(value, -0) ? "-0" : value}`);
  }
  for (const [name, { get }] of addressed) {
    const text = get();
    if (text) parts.push(text === FLAG ? escaped(name) : `${escaped(name)}=${escaped(text)}`);
  }
  return `#${parts.join("&")}`;
}

function decoded(text) {
  try { return decodeURIComponent(text); } catch { return ""; }
}

// Brings back what the address tells; `all` also what it does not tell, as the page begins.
function restore(all, whole = location.hash) {
  const parts = whole.slice(1).split("&"), given = new Map(), values = told.values.slice();
  const step = decoded(parts[0]), isStep = /^f?\d+\??$/i.test(step);
  for (const part of isStep ? parts.slice(1) : parts) {
    const [, written, is, text] = /^([^=]*)(=?)(.*)$/s.exec(part), name = decoded(written);
    if (addressed.has(name)) given.set(name, is ? decoded(text) : FLAG);
    else {
      const node = nodeCalled(name.replace(/^[.]/, "")), value = parsed(decoded(text));
      if (sliderOf.has(node) && Number.isFinite(value)) values[node] = value;
    }
  }
  if (values.some((value, node) => !Object.is(value, state.values[node]))) Object.assign(state, { values, descents: [], answer: null });
  run = calculate(state.values);
  for (const [name, { set }] of addressed) {
    if (given.has(name) || all) set(given.get(name) ?? "");
  }
  const beat = isStep ? linkedBeat(step) : 0;
  if (beat !== state.beat) Object.assign(state, { beat, answer: null });
  // Where one goes from unit to unit, a step between is in a unit, which is opened.
  if (!byUnits() || unitBeats.has(beat)) return;
  if (state.unit < 0) state.unit = unitAt(moment(beat));
  if (state.unit < 0) state.beat = stopAt(beat);
  else openedAt = { unit: state.unit, beat: -1 };
}

// What stands in the address. It follows the state after a while: a key held down would change it more often than browsers
// allow. Nothing is added to the history.
let standingLink = "", addressing = 0;

function writeLink() {
  clearTimeout(addressing);
  const now = link();
  if (now === standingLink) return;
  standingLink = now;
  try { history.replaceState(null, "", now); } catch { /* some frames have no address of their own */ }
}

function address() {
  clearTimeout(addressing);
  addressing = setTimeout(writeLink, 60);
}
drawers.push(address);
addEventListener("pagehide", () => { if (addressing) writeLink(); });
for (const id of ["rate", "speed", "theme"]) byId(id).addEventListener("change", address);
byId("leaves").addEventListener("change", address);

addEventListener("hashchange", () => {
  pause();
  restore(true);
  standingLink = link();
  settle();
  render();
});

// The link to all of this, for a slide or a mail; where it may not be copied it stands there to be copied by hand.
byId("link").hidden = location.protocol === "about:"; // as in a notebook's cell
byId("link").addEventListener("click", async () => {
  writeLink();
  const whole = location.href.replace(/#.*|$/s, link()), field = byId("whole-link");
  try {
    await navigator.clipboard.writeText(whole);
    remark(phrase("copied"));
  } catch {
    field.hidden = false;
    field.value = whole;
    field.focus();
    field.select();
  }
});
