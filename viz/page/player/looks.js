// Which look is shown, and which root is played.

const lookChoice = byId("look"), rootChoice = byId("root");
const kinds = [...new Set(looks.map(({ told }) => told.name))];

// The root -------------------------------------------------------------------------------------------------------------

// The page begins anew with another root, and with everything that means the same in its sweep: the values, the place in the
// forward pass, what is opened. It is written anew rather than loaded: a frame in a notebook has no address to load.
function turn(other) {
  if (other === edition) return;
  pause();
  const { values, panel, predicting, mistake, notation, chosen } = state, now = moment(state.beat);
  globalThis.carriedOver = {
    edition: other, values, panel, predicting, mistake, notation, chosen, look: look.told.name,
    beat: now.forward ? state.beat : state.beat === lastBeat() ? Infinity : SEED,
    theme: document.documentElement.dataset.theme, large: document.body.classList.contains("large"),
    rate: byId("rate").value, speed: byId("speed").value, focused: document.activeElement?.id,
    others: [...addressed].filter(([name]) => name !== "root").map(([name, { get }]) => [name, get()]),
  };
  for (let timer = setTimeout(Number); timer > 0; timer--) clearTimeout(timer);
  try { history.replaceState(null, "", `#${other === read.opened ? "" : `root=${rootName(other)}`}`); } catch { /* some frames have no address of their own */ }
  document.open();
  document.write(untouched);
  document.close();
}

const rootName = (place) => encodeURIComponent(spelled(rootNames[place]));

addressed.set("root", {
  get: () => (edition === read.opened ? "" : rootName(edition)),
  set: () => turn(addressedRoot()),
});
addEventListener("hashchange", () => turn(addressedRoot()));
rootChoice.append(...rootNames.map((name, place) => make("option", { value: place }, name)));
rootChoice.value = edition;
rootChoice.addEventListener("change", () => turn(Number(rootChoice.value)));
byId("roots").hidden = rootNames.length < 2;

// The look -------------------------------------------------------------------------------------------------------------

const lookCalled = (name) => looks.map(({ told }) => told).find((one) => one.name === name).called ?? name;

// In a window that is higher than wide, a look of this name that runs downwards, if there is one.
function posed(name) {
  const alike = looks.filter(({ told }) => told.name === name), down = innerHeight > innerWidth ? "TB" : "LR";
  return alike.find(({ told }) => told.direction === down) ?? alike[0];
}

function dress(other) {
  if (other === look) return;
  const { number } = document.activeElement?.closest?.("g.card, g.dot")?.dataset ?? {};
  look.frame.hidden = true;
  look = other;
  look.frame.hidden = false;
  lookChoice.value = look.told.name;
  if (number === undefined) return;
  showLens(lensAt(moment(state.beat)));
  (cardAt(Number(number))?.group ?? look.dots.find((dot) => dot.number === Number(number))?.group)?.focus({ preventScroll: true });
}

function redress(name) {
  dress(posed(name));
  settle();
  render();
}

let announcing = 0;

// The next look, and which it is, said for two seconds; or that there is one only.
function changeLook() {
  if (kinds.length > 1) redress(kinds[(kinds.indexOf(look.told.name) + 1) % kinds.length]);
  const called = lookCalled(look.told.name);
  announce(kinds.length > 1 ? called : phrase("drawn only as", { look: called }));
}

function announce(text) {
  put(byId("dressed"), text);
  clearTimeout(announcing);
  announcing = setTimeout(() => put(byId("dressed"), ""), 2000);
}

moves.k = changeLook;
addressed.set("look", {
  get: () => (look.told.name === kinds[0] ? "" : encodeURIComponent(look.told.name)),
  set: (name) => { if (kinds.includes(name)) redress(name); },
});
lookChoice.append(...kinds.map((name) => make("option", { value: name }, lookCalled(name))));
lookChoice.addEventListener("change", () => redress(lookChoice.value));
byId("dresses").hidden = kinds.length < 2;
addEventListener("resize", () => dress(posed(look.told.name)));
dress(posed(kinds[0]));
lookChoice.value = look.told.name;

// What was kept where the page began anew with another root.
function resume() {
  if (!carriedOver) return;
  const { edition: _, look: name, theme, large, rate, speed, focused, others, beat, ...changes } = carriedOver;
  for (const [key, text] of others) if (text) addressed.get(key)?.set(text);
  Object.assign(state, changes, { beat: Math.min(beat, lastBeat()) });
  if (state.chosen >= 0 && !told.chain[state.chosen]) state.chosen = -1;
  document.documentElement.dataset.theme = theme;
  document.body.classList.toggle("large", large);
  byId("projector").setAttribute("aria-pressed", String(large));
  byId("rate").value = rate;
  byId("speed").value = speed;
  if (kinds.includes(name)) dress(posed(name));
  run = calculate(state.values);
  byId(focused)?.focus({ preventScroll: true });
}
