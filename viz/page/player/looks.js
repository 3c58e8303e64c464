// Which look is shown, and which root is played.

const lookChoice = byId("look"), rootChoice = byId("root");
const kinds = [...new Set(looks.map(({ told }) => told.name))];

// The root -------------------------------------------------------------------------------------------------------------

// The page begins anew with another root, and with all that its address tells: the values, the panel, the place in the forward
// pass. It is written anew rather than loaded: a frame in a notebook has no address to load.
let played = edition; // or the one to turn to

function turn(other, text) {
  if (other === edition) return;
  pause();
  played = other;
  const now = moment(state.beat), step = now.forward ? "$&" : state.beat === lastBeat() ? `#${1e6}` : "#0";
  text ??= link().replace(/^#[^&]*/, step);
  anew({ edition: other }, text);
}

// The page as it was sent begins anew, with what it is to keep, and brings back what a link tells.
function anew(kept, text) {
  globalThis.carriedOver = { edition, ...kept, text, focused: document.activeElement?.id };
  for (let timer = setTimeout(Number); timer > 0; timer--) clearTimeout(timer);
  document.open();
  document.write(untouched);
  document.close();
}

addressed.set("root", { get: () => (played === read.opened ? "" : spelled(rootNames[played])), set() {} }); // texts.js reads it
addEventListener("hashchange", (event) => {
  if (addressedRoot() === edition) return;
  event.stopImmediatePropagation();
  turn(addressedRoot(), location.hash);
});
rootChoice.append(...rootNames.map((name, place) => make("option", { value: place }, name)));
rootChoice.value = edition;
rootChoice.addEventListener("change", () => turn(Number(rootChoice.value)));
byId("roots").hidden = rootNames.length < 2;

// The look -------------------------------------------------------------------------------------------------------------

const lookCalled = (name) => looks.map(({ told }) => told).find((one) => one.name === name).called ?? name;

let wished = kinds[0]; // the name of the look that is asked for

// In a window that is higher than wide, a look of this name that runs downwards, else any that does.
function posed(name) {
  const alike = looks.filter(({ told }) => told.name === name), down = innerHeight > innerWidth ? "TB" : "LR";
  const runs = ({ told }) => told.direction === down;
  return alike.find(runs) ?? (down === "TB" ? looks.find(runs) : undefined) ?? alike[0];
}

function dress(other) {
  if (other === look) return;
  const { number } = document.activeElement?.closest?.("g.card, g.dot")?.dataset ?? {};
  look.frame.replaceWith(other.frame);
  look = other;
  if (number === undefined) return;
  showLens(lensAt(moment(state.beat)));
  (cardAt(Number(number))?.group ?? look.dots.find((dot) => dot.number === Number(number))?.group)?.focus({ preventScroll: true });
}

function redress(name) {
  wish(name);
  settle();
  render();
}

function wish(name) {
  wished = kinds.includes(name) ? name : kinds[0];
  lookChoice.value = wished;
  dress(posed(wished));
}

// The next look, and which it is, said for two seconds; or why there is one only.
function changeLook() {
  if (kinds.length > 1) redress(kinds[(kinds.indexOf(wished) + 1) % kinds.length]);
  const called = lookCalled(look.told.name), alone = () => phrase("drawn only as", { look: called });
  remark(kinds.length > 1 ? called : look.told.name === "diagram" ? phrase("drawn unit by unit") : alone());
}
if (kinds.length < 2) idleKeys.add("k");

moves.k = changeLook;
ofGraph.add("k");
addressed.set("look", {
  get: () => (wished === kinds[0] ? "" : wished),
  set: wish,
});
lookChoice.append(...kinds.map((name) => make("option", { value: name }, lookCalled(name))));
lookChoice.addEventListener("change", () => redress(lookChoice.value));
byId("dresses").hidden = kinds.length < 2;
addEventListener("resize", () => dress(posed(wished)));
wish(wished);
