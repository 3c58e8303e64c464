// The panels: table, inputs, chain rule, mistakes.

// The table ------------------------------------------------------------------------------------------------------------

const table = byId("table");
const LONG = 40; // rows of a table whose columns are given their widths
const rows = (told.folded?.cards ?? [...told.names.keys()]).map((node) => {
  const called = told.names[node];
  const cells = ["expression", "value", "reasons", "adjoint"].map((kind) => make("td", { class: kind }));
  const [expression, value, derivatives, adjoint] = cells;
  const reasons = (told.forward[computedAt.get(node) - 1]?.reasons ?? []).map((text, i) => ({ text, edge: carriedTo(node)[i], line: make("div") }));
  put(expression, written(told.expressions[node], { run }));
  derivatives.append(...reasons.map(({ line }) => line));
  const name = make("th", { scope: "row" }, make("bdi", {}, called));
  return { node, value, reasons, adjoint, line: make("tr", {}, name, ...cells) };
});
const headings = told.headings.map((text) => ({ text, cell: make("th", { scope: "col" }) }));
table.querySelector("thead").append(make("tr", {}, ...headings.map(({ cell }) => cell)));
table.querySelector("tbody").append(...rows.map(({ line }) => line));
table.querySelector("table").classList.toggle("long", rows.length > LONG);

// The rows that are seen: while an input moves, the others wait.
const inSight = new Set(), inSightWatch = new IntersectionObserver((changes) => {
  for (const { target, isIntersecting } of changes) inSight[isIntersecting ? "add" : "delete"](target);
});
for (const { line } of rows) inSightWatch.observe(line);

function drawTable(now, hurried) {
  const complete = state.printing, context = { run };
  if (!complete && state.panel !== "table") return;
  for (const { text, cell } of headings) put(cell, written(text, context));
  const ends = endsOf(now), swept = complete ? stepCount() : now.swept;
  rows.forEach(({ node, value, reasons, adjoint, line }) => {
    if (hurried && !inSight.has(line)) return;
    const born = complete || (computedAt.get(node) ?? 0) <= now.computed;
    const latest = swept < 0 ? null : gradOf(node, swept, Infinity);
    put(value, born ? written(told.data[node], context) : "");
    for (const { line, text, edge } of reasons) {
      const told = born ? together(written(text, context), SIDES) : "";
      put(line, born && !complete && secretLocal(edge, now) ? asAsked(told, edge, now) : told);
    }
    put(adjoint, latest?.text ?? "");
    adjoint.classList.toggle("wrong", Boolean(latest?.wrong));
    line.classList.toggle("lit", !complete && ends.includes(node));
    line.classList.toggle("bad", node === run.bad);
  });
}

// The inputs -----------------------------------------------------------------------------------------------------------

// A slider goes from -reach to reach: 1, 2 or 5 times a power of ten, twice the original value or more; 100 steps a side.
function reachOf(value) {
  if (value === 0) return 1;
  const wanted = 2 * Math.abs(value), power = 10 ** Math.floor(Math.log10(wanted));
  return [1, 2, 5, 10].find((times) => times * power >= wanted * 0.9999) * power;
}

const descending = new Set(told.leaves); // the leaves that are ticked

// Of a network the inputs of the model come before its parameters.
const { x: samples = [], y: targets = [] } = told.training ?? {};
const leavesInOrder = new Set([...samples, ...targets, ...(net?.inputs ?? []), ...told.leaves].filter((leaf) => (told.folded?.movable ?? told.leaves).includes(leaf)));

const sliders = [...leavesInOrder].map((leaf) => {
  const reach = reachOf(told.values[leaf]), name = told.names[leaf];
  const slider = make("input", { type: "range", min: -reach, max: reach, step: reach / 100, "aria-label": spelled(name) });
  const field = numeric({ "aria-label": spelled(`${name} =`) });
  const descends = make("input", { type: "checkbox", "aria-label": spelled(phrase("descends", { name })), title: phrase("takes part") });
  const nudge = make("button", { title: phrase("nudging") }, phrase("nudge"));
  const lines = make("pre", { hidden: "" });
  descends.checked = true;
  slider.addEventListener("input", () => setLeaf(leaf, tidy(slider.valueAsNumber, reach / 100)));
  slider.addEventListener("wheel", (event) => {
    if (document.activeElement === slider) wheel(event, leaf); // elsewhere it scrolls
  }, { passive: false });
  field.addEventListener("change", () => typed(field, leaf));
  descends.addEventListener("change", () => descending[descends.checked ? "add" : "delete"](leaf));
  nudge.addEventListener("click", () => update({ nudging: state.nudging === leaf ? -1 : leaf }));
  const label = make("label", {}, descends, " ", make("bdi", {}, name));
  byId("leaves").append(make("div", { class: "leaf", "data-number": leaf }, label, slider, field, nudge, lines));
  return { leaf, reach, slider, field, descends, nudge, lines };
});
const sliderOf = new Map(sliders.map((slider) => [slider.leaf, slider]));

// A value on the grid of the steps, without the tail that binary fractions leave.
function tidy(value, step) {
  const decimals = Math.min(100, Math.max(0, 2 - Math.floor(Math.log10(step))));
  return Number(value.toFixed(decimals));
}

function setLeaf(leaf, value) {
  if (value === state.values[leaf] || !Number.isFinite(value)) return;
  update({ values: state.values.with(leaf, value), descents: [] });
}

// So many hundredths of its slider's reach more.
const shift = (leaf, count) => {
  const size = sliderOf.get(leaf).reach / 100;
  setLeaf(leaf, tidy(state.values[leaf] + count * size, size));
};

function typed(field, leaf) {
  if (refused(field)) field.dataset.refusedAt = state.values[leaf];
  else setLeaf(leaf, parsed(field.value));
}

// What is typed and is not a number is not taken: it stays, with the reason beside it.
function refused(field) {
  const why = Number.isFinite(parsed(field.value)) ? "" : whyRefused(field.value.trim());
  if (!why) return accept(field);
  const id = `${field.id || typedNames[sliders.find((one) => one.field === field)?.leaf]} refused`;
  const said = refusals.get(field) ?? make("p", { class: "refused", role: "alert", id: id.replaceAll(" ", "-") });
  if (!refusals.has(field)) (field.closest(".leaf, .row") ?? picture).append(said);
  refusals.set(field, said);
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", said.id);
  said.hidden = false;
  put(said, why);
  return true;
}
const refusals = new Map();

function accept(field) {
  field.removeAttribute("aria-invalid");
  field.removeAttribute("aria-describedby");
  const said = refusals.get(field);
  if (said) {
    said.hidden = true;
    put(said, "");
  }
  return false;
}

function whyRefused(text) {
  const [both] = /(?<![\d.])[1-9]\d{0,2},\d{3}(?!\d)/.exec(text) ?? [];
  if (both) return phrase("two numbers", { text, one: both.replace(",", "."), other: both.replace(",", "") });
  if (!text) return phrase("no number");
  return Number.isNaN(parsed(text)) ? phrase("not a number", { text }) : phrase("not finite", { text });
}

function wheel(event, leaf) {
  event.preventDefault();
  shift(leaf, event.deltaY < 0 || event.deltaX > 0 ? 1 : -1);
}

function drawInputs() {
  if (state.panel !== "inputs") return;
  for (const { leaf, slider, field, nudge, lines } of sliders) {
    const value = state.values[leaf];
    if (slider.valueAsNumber !== value) slider.value = value;
    if (put(slider, String(value))) slider.setAttribute("aria-valuetext", number(value));
    if (document.activeElement !== field || parsed(field.value) !== value) {
      const text = number(value, 6);
      const stays = field.ariaInvalid === "true" && field.dataset.refusedAt === String(value);
      if (field.value !== text && !stays) {
        field.value = text;
        accept(field);
      }
    }
    const open = state.nudging === leaf;
    nudge.setAttribute("aria-expanded", String(open));
    lines.hidden = !open;
    if (open) put(lines, nudgeText(leaf));
  }
  drawLoss();
}

function nudgeText(leaf) {
  if (run.bad >= 0) return told.words.dash; // the sentence says why
  const moved = calculate(state.values.with(leaf, state.values[leaf] + H)), beside = calculate(state.values, leaf);
  return moved.bad >= 0 ? trouble(moved) : told.nudge[leaf].map((line) => written(line, { run: beside, veiled: stillAsked() })).join("\n");
}

// Descending -----------------------------------------------------------------------------------------------------------

// A leaf's whole gradient: its adjoint after the last step that adds to it. One that the sweep does not reach has none.
function gradient(leaf, { x } = run) {
  if (told.gradients?.[leaf] !== undefined) return x[told.gradients[leaf]]; // of one that is folded no step tells
  const { after } = told.steps.findLast(({ parent }) => parent === leaf) ?? {};
  return after === undefined ? Number(leaf === told.root) : x[after];
}

// So many steps downhill, as far as there is a loss.
function descend(count) {
  const rate = parsed(byId("rate").value), descents = [...state.descents];
  if (refused(byId("rate"))) return;
  let { values } = state;
  for (let i = 0; i < count && run.bad < 0; i++) {
    descents.push({ values, loss: run.v[told.root], rate, moving: [...descending] });
    values = values.map((value, node) => (descending.has(node) ? value - rate * gradient(node) : value));
    run = calculate(values);
  }
  update({ values, descents });
}

function undo() {
  const before = state.descents.at(-1);
  if (before) update({ values: before.values, descents: state.descents.slice(0, -1) });
}

// The losses so far, with what is highest and lowest in numbers; below them the first and the latest in words.
function drawLoss() {
  const losses = [...state.descents.map(({ loss }) => loss), run.v[told.root]], figure = byId("loss"), steps = losses.length - 1;
  byId("undo").setAttribute("aria-disabled", String(!steps));
  figure.hidden = !steps;
  if (!steps) return;
  const secret = stillAsked("values");
  const finite = losses.filter(Number.isFinite), high = Math.max(0, ...finite), low = Math.min(0, ...finite);
  const across = (i) => 14 + (372 * i) / Math.max(10, steps), up = (loss) => 126 - (112 * (loss - low)) / (high - low || 1);
  const points = losses.map((loss, i) => [across(i), up(loss)]).filter(([, y]) => Number.isFinite(y));
  figure.querySelector("polyline").setAttribute("points", points.map((point) => point.join()).join(" "));
  figure.querySelector("g").replaceChildren(...points.map(([x, y]) => {
    return svgMake("circle", { cx: x, cy: y, r: steps > 40 ? 2.5 : 4 });
  }));
  for (const [place, x] of [["high", high], ["low", low]]) put(figure.querySelector(`.${place}`), secret ? told.words.unknown : number(x, 3));
  put(figure.querySelector(".to"), String(Math.max(10, steps)));
  const named = (loss) => (secret ? told.words.unknown : Number.isFinite(loss) ? number(loss) : told.words.dash);
  const [first, last] = [losses[0], losses[steps]].map(named);
  put(byId("loss-said"), phrase("loss", { steps, name: told.names[told.root], first, last }));
  put(byId("step-said"), stepSaid(state.descents.at(-1)));
}

// The numbers of the last step; nn/downhill.py says what they mean.
function stepSaid({ values, loss, rate, moving }) {
  const there = calculate(values), slopes = new Map(moving.map((leaf) => [leaf, gradient(leaf, there)]));
  const rootAt = (by) => {
    const { v, bad } = calculate(values.map((value, node) => (slopes.has(node) ? value + by * slopes.get(node) : value)));
    return bad < 0 ? v[told.root] : NaN;
  };
  const moved = moving.filter((leaf) => slopes.get(leaf) !== 0), after = rootAt(-rate);
  const leaf = moved.reduce((one, other) => (Math.abs(slopes.get(other)) > Math.abs(slopes.get(one)) ? other : one), moved[0]);
  const along = -rate * moved.reduce((sum, one) => sum + slopes.get(one) ** 2, 0);
  const found = {
    rate, slope: slopes.get(leaf), moved: values[leaf] - rate * slopes.get(leaf), moves: moved.length, inputs: moving.length,
    before: loss, after, other: rootAt(rate), ...(after > loss && limitAlong((share) => rootAt(-rate * share), loss, along, rate)),
  };
  const { numbers, text } = told.downhill, step = calculate(values, -1, numbers.map((name) => found[name]));
  return written(text, { run: step, blanks: { name: told.names[leaf] }, veiled: stillAsked() });
}

// What is known of smaller rates, from f after a share of the step: `limit_along` in nn/downhill.py.
function limitAlong(f, before, slope, rate) {
  const { halvings, room } = told.downhill, bend = f(1) - before - slope;
  if (!(slope < 0)) return {};
  const near = room * (Math.abs(before) + Math.abs(slope) + Math.abs(bend));
  const fits = (share) => Math.abs(f(share) - (before + slope * share + bend * share ** 2)) <= near;
  if (bend > 0 && fits(0.5) && fits(-1)) return { bound: (rate * -slope) / bend };
  for (let k = 1; k < halvings; k++) if (f(0.5 ** k) < before) return { falling: rate * 0.5 ** k };
  return {};
}

// The chain rule and the mistakes --------------------------------------------------------------------------------------

function drawChain() {
  for (const svg of picture.querySelectorAll("svg")) svg.classList.toggle("tracing", state.chosen >= 0);
  if (state.panel !== "chain" || state.chosen < 0) return;
  const { rows, factored, paths } = told.chain[state.chosen];
  // Of many paths common factors are taken out, until one of the paths is chosen.
  const lines = factored.length && state.path < 0 ? factored.map((place) => told.equations[place]) : rows;
  const texts = lines.map((cells) => inCells(cells.map((cell) => written(cell, { run, veiled: stillAsked() })))), grid = byId("sum");
  if (put(grid, JSON.stringify(texts))) {
    grid.replaceChildren(...texts.map((cells, i) => make("tr", {}, ...cells.map((text, k) => {
      const rest = k === cells.length - 1 && k < 2 ? { colspan: 3 - k } : {};
      return make("td", rest, text);
    }))));
  }
  [...grid.children].forEach((line, i) => line.classList.toggle("lit", i === state.path));
  const row = byId("paths"), key = `${state.chosen} ${state.path}`;
  if (row.dataset.key === key) return;
  row.dataset.key = key;
  const focused = [...row.children].indexOf(document.activeElement);
  row.replaceChildren(...(paths.length > 1 ? paths.map((_, i) => pathButton(i)) : []));
  row.children[focused]?.focus();
}

// A sum breaks between its sides, or else its terms; a product alone between its factors.
function inCells([head, ...rest]) {
  const [name, ...sides] = rest.length ? head.split(" = ") : [head];
  const cells = rest.length ? [name, [...sides.map((side) => `= ${side}`), rest[0]].join(" "), ...rest.slice(1)] : [head];
  return cells.map((text) => (/\S \+ /.test(text) ? together(text, TERMS).replaceAll(" ·", "\u00a0·") : together(text, TERMS)));
}

function pathButton(i) {
  const button = make("button", { class: "view", "aria-pressed": String(state.path === i) }, phrase("path", { number: i + 1 }));
  button.addEventListener("click", () => update({ path: state.path === i ? -1 : i }));
  return button;
}

const mistakes = byId("mistakes");
for (const mistake of ["", ...Object.keys(told.mistakes)]) {
  const choice = make("input", { type: "radio", name: "mistake", value: mistake });
  choice.checked = !mistake;
  choice.addEventListener("change", () => makeMistake(mistake));
  mistakes.querySelector(".choices").append(make("label", {}, choice, " ", phrase(`mistake ${mistake}`)));
}

// From the seed on, so that the two sweeps are seen to part.
function makeMistake(mistake) {
  update({ mistake, beat: mistake ? Math.max(state.beat, SEED) : state.beat });
}

// The beat at which the mistaken sweep parts from the right one, if it does.
function parting() {
  const at = harm(state.mistake);
  return at < 0 ? -1 : SEED + 2 * at;
}

function drawMistakes(now, hurried) {
  if (state.panel !== "mistakes") return;
  for (const choice of mistakes.querySelectorAll("input")) choice.checked = choice.value === state.mistake;
  paragraphs(mistakes.querySelector(".what"), state.mistake ? aboutMistake() : [phrase("mistakes")]);
  byId("parting").hidden = parting() < 0;
  put(mistakes.querySelector(".visits"), visitsSoFar(now.swept));
  if (!hurried) listWrong(now.swept);
  for (const { after, right, line } of wrongRows) {
    if (hurried && !inSight.has(line)) continue;
    const [wrong, correct] = beside(after, right);
    put(line.cells[1], wrong + off(after, right));
    put(line.cells[2], correct);
  }
}

let wrongRows = [];

// A row for each grad that is not what it should be; while an input moves, which these are has to wait.
function listWrong(swept) {
  for (const { line } of wrongRows) inSightWatch.unobserve(line);
  wrongRows = (mistaken() ? wrongSoFar(swept) : []).map(({ parent, after, right }) => {
    const name = make("th", { scope: "row" }, make("bdi", {}, told.names[parent]));
    return { after, right, line: make("tr", {}, name, make("td", { class: "wrong" }), make("td")) };
  });
  for (const { line } of wrongRows) inSightWatch.observe(line);
  mistakes.querySelector("tbody").replaceChildren(...wrongRows.map(({ line }) => line));
  mistakes.querySelector("table").hidden = !wrongRows.length;
  mistakes.querySelector("table").classList.toggle("long", wrongRows.length > LONG);
}

// What the mistake is; then why it is wrong and what mends that, or where else it would be wrong.
function aboutMistake() {
  const { what, why, early, cut, here, smallest, refused } = told.mistakes[state.mistake], at = harm(state.mistake);
  if (refused) return [what, refused];
  if (at >= 0 || cut) return [what, cut, early[at], ...why.map((text) => asSentence(written(text, { run })))].filter(Boolean);
  const other = Object.keys(told.mistakes).find((mistake) => harm(mistake) >= 0);
  const harmless = other ? written(told.harmless.other, { run, blanks: { other } }) : told.harmless.none;
  return [what, harmless, here, smallest].filter(Boolean);
}

// How often each node that a recursion visits several times has passed its grad on.
function visitsSoFar(swept) {
  const { visits } = told.mistakes[state.mistake] ?? { visits: {} };
  const steps = sweepSteps().slice(0, swept + 1), said = Object.entries(visits).map(([node, of]) => {
    const first = steps.find((step) => step.node === Number(node)); // its edges come together, once at each visit
    const count = first ? steps.filter(({ edge }) => edge === first.edge).length : 0;
    return phrase("visited", { name: told.names[node], count, of });
  });
  return said.length ? phrase("visits", { nodes: listed(said) }) : "";
}

// By how much a gradient is off, for a mistake in which that is what counts.
function off(after, right) {
  const [wrong, exact] = [run.x[after], run.x[right]];
  return told.mistakes[state.mistake].percent && exact ? ` ${phrase("off by", { percent: signed((100 * (wrong - exact)) / exact, 3) })}` : "";
}

const wrongAndRight = ["grad mistaken", "grad right"].map((heading) => make("th", { scope: "col" }, phrase(heading)));
mistakes.querySelector("thead").append(make("tr", {}, make("td"), ...wrongAndRight));

// The size of the largest right gradient, once for each run.
const largest = () => (run.largest ??= told.steps.slice(1).reduce((most, { after }) => Math.max(most, Math.abs(run.x[after])), 1));
const isWrong = ({ after, right }) => right !== undefined && differ(run.x[after], run.x[right], largest());

// The position at which a mistaken sweep parts from the right one; -1 if it does not.
const harm = (mistake) => sweeps[mistake].findIndex(isWrong);

// What the last steps so far have made of each grad, where it is not what it should be.
function wrongSoFar(swept) {
  const latest = new Map(sweepSteps().slice(0, swept + 1).map((step) => [step.parent, step]));
  return [...latest.values()].filter(isWrong).sort((one, other) => one.parent - other.parent);
}
