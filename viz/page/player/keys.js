// What moves the player: keys, buttons, the pointer, links.

// Going ----------------------------------------------------------------------------------------------------------------

let playing = 0;

function go(beat) {
  pause();
  move(beat);
}

function move(beat) {
  const moved = Math.max(0, Math.min(lastBeat(), beat)) !== state.beat;
  update({ beat, ...(moved && curved() && { scene: "", tried: NaN }) }); // a step is seen in the picture
}

// The beat before or after that is not left out.
function next(by) {
  if (leaving(by)) state.unit = -1;
  let beat = state.beat + by;
  while (beat > 0 && beat < lastBeat() && skips.some((skip) => skip(beat))) beat += by;
  return beat;
}

// A mistaken sweep asks nothing.
skips.push((beat) => mistaken() && beat > SEED && (beat - SEED) % 2 === 1);

function play() {
  if (playing) return pause();
  if (state.beat === lastBeat()) move(0);
  const onwards = () => {
    move(next(1));
    if (state.beat === lastBeat()) pause();
    else playing = setTimeout(onwards, 1600 / Number(byId("speed").value));
  };
  playing = setTimeout(onwards, 400);
  byId("play").setAttribute("aria-pressed", "true");
}

function pause() {
  for (const stop of pausers) stop();
}
pausers.push(() => {
  if (!playing) return;
  clearTimeout(playing);
  playing = 0;
  byId("play").setAttribute("aria-pressed", "false");
});

const toggle = (panel) => update({ panel: state.panel === panel ? "" : panel, ...(panel === "chain" ? {} : { chosen: -1 }) });

// A node that is chosen already is let go.
function choose(node) {
  if (taken.has("chain") || embedded()) return;
  if (node !== state.chosen) update({ chosen: node, path: -1, panel: "chain" });
  else update({ chosen: -1, panel: state.panel === "chain" ? "" : state.panel });
}

function close() {
  pause();
  if (editing >= 0) edited(false);
  else if (byId("more").open) byId("more").open = false;
  else if (curved()) closeCurve();
  else if (document.body.classList.contains("large")) enlarge();
  else update({ panel: "", chosen: -1, predicting: false });
}

function enlarge(large = !document.body.classList.contains("large")) {
  byId("more").open = false;
  sized(large);
  settle();
  render();
}

function sized(large) {
  document.body.classList.toggle("large", large);
  byId("projector").setAttribute("aria-pressed", String(large));
}

// The colours are the style sheet's; what is painted by hand is painted anew.
function paint(theme) {
  document.documentElement.dataset.theme = byId("theme").value = theme;
  render();
}
const darkSystem = matchMedia("(prefers-color-scheme: dark)");
darkSystem.addEventListener("change", () => render());

function isDark() {
  const { theme } = document.documentElement.dataset;
  return theme === "auto" ? darkSystem.matches : theme === "dark";
}

let remarking = 0;

// What a key has done is said for two seconds.
function remark(text) {
  byId("notated").textContent = text;
  clearTimeout(remarking);
  remarking = setTimeout(() => { byId("notated").textContent = ""; }, 2000);
}

function notate(notation) {
  const choice = byId("notation");
  choice.value = notation;
  remark(choice.selectedOptions[0].textContent);
  caption.dataset.key = "";
  state.notation = Number(notation);
  settle();
  render();
}

function help() {
  byId("more").open = false;
  const does = (key) => moveOf(key) && !idleKeys.has(key) && !takenKey(key);
  for (const row of byId("help").querySelectorAll("[data-keys]")) row.hidden = ![...row.dataset.keys].some(does);
  if (byId("help").open) byId("help").close();
  else byId("help").showModal();
}

// Keys -----------------------------------------------------------------------------------------------------------------

// What a key does: in a scene first what it means there.
function moveOf(key) {
  const own = scenes[state.scene]?.keys ?? {};
  return Object.hasOwn(own, key) ? own[key] : Object.hasOwn(moves, key) ? moves[key] : null;
}

function act(key) {
  const { keys, leave } = scenes[state.scene] ?? {};
  if (leave && !Object.hasOwn(keys, key) && ofGraph.has(key)) leave();
  moveOf(key)?.();
}

const forth = () => turnPart(1) || go(next(1)), back = () => turnPart(-1) || go(next(-1));
Object.assign(moves, {
  ArrowRight: forth, ArrowDown: forth, PageDown: forth, " ": forth, Enter: forth,
  ArrowLeft: back, ArrowUp: back, PageUp: back, Backspace: back,
  Home: () => go(0), End: () => go(lastBeat()), r: () => go(SEED), a: play,
  i: () => toggle("inputs"), t: () => toggle("table"), m: () => toggle("mistakes"), p: predict,
  s: () => state.panel === "inputs" && descend(1), S: () => state.panel === "inputs" && descend(10),
  d: () => paint(isDark() ? "light" : "dark"), l: () => enlarge(),
  n: () => notate((state.notation + 1) % told.notations.length), "?": help, h: help, Escape: close,
});
for (const key of "tmr") ofGraph.add(key);

// What has the focus keeps the keys that mean something to it.
function kept(event) {
  const { target, key } = event;
  if (byId("help").open && key !== "?" && key !== "h") return true;
  if (target.closest?.("button, summary, select, [type=checkbox], [type=radio]")) {
    return key === " " || key === "Enter" || (!target.closest("button, summary") && key.startsWith("Arrow"));
  }
  if (target === scrubber) return false;
  if (target.matches?.("input[type=range]")) return key.startsWith("Arrow") || key === "Home" || key === "End";
  if (target.id === "answer" && !target.value) return !/^(Arrow|Page|Escape)/.test(key);
  return target.matches?.("input") && !/^(Page|Escape)/.test(key);
}

// The letter on a key where the keyboard is set to another script, as Hebrew.
function latin({ key, code }) {
  return /^[^\0-~]$/.test(key) && /^Key[A-Z]$/.test(code) ? code.at(-1).toLowerCase() : key;
}

// Enter takes what is typed in a panel's field, and leaves the field: the arrows step again. What is not taken stays.
panel.addEventListener("keydown", (event) => {
  const { key, target: field } = event;
  if (key !== "Enter" || !field.matches("input[type=text]")) return;
  event.preventDefault();
  field.blur();
  if (field.ariaInvalid === "true") field.focus({ preventScroll: true });
});

addEventListener("keydown", (event) => {
  const card = event.target.closest?.("g.card, g.dot"), key = latin(event);
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (card && cardKey(event, Number(card.dataset.number))) return event.preventDefault();
  if (!moveOf(key) || takenKey(key) || kept(event)) return;
  event.preventDefault();
  act(key === " " && event.shiftKey ? "ArrowLeft" : key);
});

// On a card Enter shows its curve, or of an input the chain rule; an input is changed with +, - and by typing a number.
function cardKey({ key, target }, node) {
  if (key === "Enter" || key === " ") (target.closest("g.dot") ? choose : inspect)(node);
  else if (!sliderOf.has(node)) return false;
  else if (key === "+" || key === "=") shift(node, 1);
  else if (key === "-") shift(node, -1);
  else if (/^\d$/.test(key) && cardAt(node)) edit(node, key); // a dot is a black screen
  else return false;
  return true;
}

for (const [id, key] of [["first", "Home"], ["back", "ArrowLeft"], ["forward", "ArrowRight"], ["last", "End"], ["play", "a"],
  ["predict", "p"], ["projector", "l"], ["keys", "?"], ["close", "Escape"]]) {
  byId(id).addEventListener("click", () => act(key));
}
for (const button of controls.querySelectorAll("[data-panel]")) {
  button.addEventListener("click", () => act(button.dataset.panel[0])); // i, t, m
}
byId("reset").addEventListener("click", () => update({ values: told.values, descents: [] }));
byId("descend").addEventListener("click", () => descend(1));
byId("descend-more").addEventListener("click", () => descend(10));
byId("parting").addEventListener("click", () => go(parting()));
byId("undo").addEventListener("click", undo);
byId("theme").addEventListener("change", () => paint(byId("theme").value));
byId("notation").addEventListener("change", () => notate(byId("notation").value));
byId("print").addEventListener("click", () => print());
scrubber.max = lastBeat();
byId("turn").firstElementChild.value = SEED;
scrubber.addEventListener("input", () => go(nearest(scrubber.valueAsNumber)));

// The pointer ----------------------------------------------------------------------------------------------------------

// A click on a card shows its curve, or of an input the chain rule, one on an input's number lets another be typed; dragging an input to the side
// changes it.
let held = null;

picture.addEventListener("pointerdown", (event) => {
  const card = event.target.closest("g.card");
  if (!card || event.button) return;
  const node = Number(card.dataset.number);
  held = { node, x: event.clientX, y: event.clientY, value: state.values[node], id: event.pointerId, dragged: false };
});
picture.addEventListener("pointermove", (event) => {
  if (!event.buttons) held = null; // it was let go outside
  if (held?.id !== event.pointerId || !sliderOf.has(held.node)) return;
  const across = event.clientX - held.x;
  if (!held.dragged && Math.abs(across) < 5) return;
  if (!held.dragged) picture.setPointerCapture(event.pointerId);
  held.dragged = true;
  const size = sliderOf.get(held.node).reach / 100;
  setLeaf(held.node, tidy(held.value + Math.round(across / 2) * size, size));
});
picture.addEventListener("pointerup", (event) => {
  const still = held && !held.dragged && Math.hypot(event.clientX - held.x, event.clientY - held.y) < 10;
  const { node } = held ?? {};
  held = null;
  if (!still || !event.target.closest("g.card")) return;
  if (event.target.closest(".data") && sliderOf.has(node)) edit(node);
  else inspect(node);
});
picture.addEventListener("pointercancel", () => { held = null; });
picture.addEventListener("wheel", (event) => {
  const node = Number(event.target.closest("g.card.leaf")?.dataset.number ?? -1);
  if (cardAt(node)?.group === document.activeElement && sliderOf.has(node) && !event.ctrlKey) wheel(event, node);
}, { passive: false });

picture.addEventListener("click", ({ target }) => {
  const dot = target.closest("g.dot");
  if (dot) choose(Number(dot.dataset.number));
});

// A field over a card's number.
const editor = byId("editor");
let editing = -1, editedAt = -1;

function edit(node, typed) {
  const { data } = cardAt(node), box = data.getBoundingClientRect(), frame = picture.getBoundingClientRect();
  editing = node;
  editor.hidden = false;
  editor.value = typed ?? number(state.values[node], 17);
  accept(editor);
  editor.setAttribute("aria-label", spelled(`${told.names[node]} =`));
  const wide = Math.max(90, box.width + 30);
  editor.style.left = `${box.right - frame.left + picture.scrollLeft - wide + 8}px`;
  editor.style.top = `${box.top - frame.top + picture.scrollTop - 4}px`;
  editor.style.width = `${wide}px`;
  editor.style.height = `${box.height + 8}px`;
  editor.style.fontSize = `${box.height * 0.8}px`;
  editor.focus({ preventScroll: true });
  if (!typed) editor.select();
  editedAt = state.beat;
}

// What is not taken stays, with the reason.
function edited(keep) {
  if (editing < 0) return;
  const node = editing;
  if (keep && refused(editor)) return placeRefusal();
  editing = -1;
  editor.hidden = true;
  accept(editor);
  if (keep) setLeaf(node, parsed(editor.value));
  cardAt(node)?.group.focus({ preventScroll: true });
}
editor.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" && event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  edited(event.key === "Enter");
});
editor.addEventListener("blur", () => edited(true));

// The reason stands near the field, where it covers least of what is drawn, and never the field.
function placeRefusal() {
  const said = refusals.get(editor), frame = picture.getBoundingClientRect(), field = editor.getBoundingClientRect();
  const card = cardAt(editing).group.getBoundingClientRect(), { offsetWidth: wide, offsetHeight: high } = said;
  const drawn = [...look.cards, ...look.labels].filter(inLens).map(({ group }) => group.getBoundingClientRect());
  const cover = ([left, top]) => [field, field, ...drawn].filter((box) =>
    box.left < left + wide && box.right > left && box.top < top + high && box.bottom > top).length;
  const across = [card.left, card.right - wide].map((left) => Math.max(frame.left + 4, Math.min(left, frame.right - wide - 4)));
  const places = [card.bottom + 4, card.top - high - 4, frame.top + 4, frame.bottom - high - 4]
    .filter((top) => top >= frame.top && top + high <= frame.bottom).flatMap((top) => across.map((left) => [left, top]));
  const [left, top] = places.reduce((best, place) => (cover(place) < cover(best) ? place : best), places[0] ?? [across[0], frame.top]);
  said.style.left = `${left - frame.left + picture.scrollLeft}px`;
  said.style.top = `${top - frame.top + picture.scrollTop}px`;
}

// At another moment a field that was left with what is not taken is gone.
drawers.push(() => {
  if (editing < 0 || state.beat === editedAt || document.activeElement === editor) return;
  editing = -1;
  editor.hidden = true;
  accept(editor);
});

// A swipe is a step. Where the picture scrolls, it is the words that are swiped.
let touched = null;

for (const place of [picture, byId("words")]) {
  place.addEventListener("pointerdown", (event) => {
    const free = event.pointerType === "touch" && event.isPrimary && !event.target.closest("g.card.leaf, input, button");
    const scrolls = place === picture && picture.classList.contains("scrolled");
    touched = free && !scrolls ? { x: event.clientX, y: event.clientY } : null;
  });
  place.addEventListener("pointerup", (event) => {
    const [across, down] = touched ? [event.clientX - touched.x, event.clientY - touched.y].map(Math.abs) : [0, 0];
    if (across > 40 && across > 2 * down) act(event.clientX < touched.x ? "ArrowRight" : "ArrowLeft");
    touched = null;
  });
  place.addEventListener("pointercancel", () => { touched = null; });
}

// The beginning --------------------------------------------------------------------------------------------------------

addEventListener("click", ({ target, detail }) => {
  if (!target.closest("#more")) byId("more").open = false;
  if (detail) target.closest("button, [type=radio]")?.blur(); // after the mouse, the space bar and the arrows step again
});
addEventListener("resize", () => {
  const answering = document.activeElement?.id === "answer"; // a phone's keyboard resizes the page
  settle();
  render();
  if (answering) byId("answer")?.focus({ preventScroll: true });
});
picture.addEventListener("scroll", () => { survey(); drawPicture(moment(state.beat), false, false); });
addEventListener("beforeprint", () => { state.printing = true; render(); });
addEventListener("afterprint", () => { state.printing = false; render(); });

for (const { drawing, overview, cards, dots } of looks) {
  for (const svg of [drawing, overview]) svg?.setAttribute("role", "group"); // an image has no parts to choose
  for (const { number, group } of [...cards, ...dots]) {
    group.setAttribute("tabindex", "0");
    group.setAttribute("role", "button");
    group.classList.toggle("movable", sliderOf.has(number) && group.classList.contains("card"));
  }
  for (const { group } of cards) {
    group.addEventListener("focus", () => {
      const texts = [...group.querySelectorAll("text")].map(({ textContent }) => textContent.replace(told.words.dash, ""));
      group.setAttribute("aria-label", spelled([...texts, group.querySelector("title").textContent].join(" ").trim()));
    });
  }
  for (const { number, group } of dots) group.setAttribute("aria-label", spelled(told.names[number]));
}
byId("fixed").textContent = told.fixed;
byId("moving").hidden = !sliders.length;
byId("still").hidden = true;
caption.hidden = controls.hidden = false;
byId("theme").value = document.documentElement.dataset.theme;
byId("notation").value = state.notation;
restore(false, carriedOver?.text);
byId(carriedOver?.focused)?.focus({ preventScroll: true });
settle();
standingLink = carriedOver ? "" : link(); // what the page began anew with does not stand there yet
standingEntry = entry();
render();
if (carriedOver?.live) goOn(carriedOver.live);
