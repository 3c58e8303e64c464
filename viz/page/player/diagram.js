// The network's diagram: its units' numbers, what its wires carry, and the lens of the unit that is opened.

// A look of this kind has two drawings, `wide` and `beside`: the second is shown beside a lens. diagram.py tells of it, besides
// what stage.py tells of every look, the texts of `weights` and `biases`, "" where there is none; the `columns` of units; how many
// `digits` each unit has in each drawing; the `widths` of wires, at 0 and what the largest has more, backward and forward; the least
// `legible` size of a number; and of the lenses `opened`, as UnitLenses has it.
// `matrices` are those of weights, each a name and its wires.
const isDiagram = () => look.told.name === "diagram";

// The edges of each wire: from values of its unit to its input.
const edgesOf = (net?.wires ?? []).map(([unit, source]) => told.edges.flatMap(([node, , parent], edge) =>
  (parent === source && net.list[unit][1].includes(node) ? [edge] : [])));
const finiteMost = (numbers) => Math.max(0, ...numbers.filter(Number.isFinite).map(Math.abs));

// Of each sweep: the positions at which each value's gradient changes, and those at which something comes along each wire.
const changes = {};
function changesOf() {
  return changes[state.mistake] ??= (() => {
    const byNode = new Map(), steps = sweepSteps();
    steps.forEach(({ parent }, at) => { (byNode.get(parent) ?? byNode.set(parent, []).get(parent)).push(at); });
    const byWire = edgesOf.map((edges) => edges.flatMap((edge) => came[state.mistake].get(edge) ?? []).sort((a, b) => a - b));
    return { byNode, byWire };
  })();
}

// The number that a wire carries in the sweep that is played once that has come to a position: null if nothing came along yet. A
// mistaken sweep may go along an edge several times.
function carriedBy(wire, swept) {
  const [, , , link] = net.wires[wire];
  if (!mistaken()) return link >= 0 && net.links[link][2] <= swept ? run.x[net.links[link][4]] : null;
  const steps = changesOf().byWire[wire].filter((at) => at <= swept);
  return steps.length ? steps.reduce((sum, at) => sum + run.x[sweepSteps()[at].contribution], 0) : null;
}

// The greatest number that a wire carries in the whole sweep, and the greatest weight: of one run, one sweep.
let mostOf = {};
function largestOf() {
  if (mostOf.run !== run || mostOf.mistake !== state.mistake) {
    const all = net.wires.map((_, wire) => carriedBy(wire, Infinity) ?? 0), { weights } = look.told;
    const weighed = net.wires.filter((_, wire) => weights[wire]).map(([, , k]) => run.x[k]);
    mostOf = { run, mistake: state.mistake, carried: finiteMost(all), weight: finiteMost(weighed) };
  }
  return mostOf;
}

// The gradient in a value once the sweep has come to a position: the place of its number, and whether more is to come.
function gradientAt(node, swept) {
  const all = changesOf().byNode.get(node) ?? [], from = all.findLast((at) => at <= swept);
  if (from === undefined) return null;
  const step = sweepSteps()[from];
  return { k: step.after, more: from < all.at(-1), wrong: mistaken() && step.after !== undefined && isWrong(step) };
}

// What each diagram has, found once.
const diagrams = new Map(looks.filter(({ told }) => told.name === "diagram").map((one) => {
  const drawings = Object.fromEntries(["wide", "beside"].map((name) => {
    const drawing = one.drawing.querySelector(`.${name}`), all = (what) => [...drawing.querySelectorAll(what)];
    const each = (kind, known) => all(`g.${kind}`).map((group) => ({ group, ...known(group.dataset, (part) => group.querySelector(part)) }));
    return [name, {
      drawing,
      units: each("unit", ({ unit }, part) => ({ unit: Number(unit), data: part(".data"), grad: part(".grad") })),
      inputs: each("input", ({ number }, part) => ({ node: Number(number), grad: part(".gradient") })),
      links: each("link", ({ wire }, part) => ({ wire: Number(wire), line: part(".line") })),
      weights: each("weight", ({ wire }, part) => ({ wire: Number(wire), text: part("text"), plate: part(".plate") })),
      biases: each("bias", ({ unit }, part) => ({ unit: Number(unit), text: part("text") })),
      leads: each("leads", ({ column }) => ({ column: Number(column) })),
      most: all("text.most"),
      mosts: drawing.querySelector(".mosts"),
    }];
  }));
  const part = (what) => one.drawing.querySelector(what);
  const lens = Object.fromEntries(["wedge", "equations", "remark", "rule"].map((name) => [name, part(`.${name}`)]));
  Object.assign(lens, { name: part(".unit-name"), factors: [part(".factors.symbols"), part(".factors.numbers")] });
  const showing = (all) => {
    const views = new Map();
    for (const { number, lens } of all) if (lens >= 0) views.set(number, [...(views.get(number) ?? []), lens]);
    return views;
  };
  Object.assign(lens, { byEdge: showing(one.wires), byNode: showing(one.cards) });
  return [one, { drawings, lens, folds: one.lenses.map((group) => group.querySelector(".fold text")) }];
}));

// The unit whose lens is shown: the one that is opened; with a mistake, whose steps go along single edges, that in play.
const openedUnit = (now) => (state.unit < 0 && mistaken() ? unitAt(now) : state.unit);

// The link that a moment speaks of: that in play, or the one that is spoken of in place of it, of another unit that is opened.
const spokenLink = (now) => (now.forward ? -1 : inUnits(now) ? (ofOpened(now) ?? unitBeat(now)).link ?? -1 : linkAt(now));

// The input of the opened unit whose derivative its lens shows where whole units are spoken of: that of the link that is spoken of,
// or of the unit's own last one so far, or of its first.
function sourceAt(now) {
  if (now.forward || !inUnits(now)) return undefined;
  const own = net.links.filter(([unit]) => unit === state.unit), spoken = net.links[spokenLink(now)];
  return (own.includes(spoken) ? spoken : own.findLast((link) => link[2] <= now.swept) ?? own[0])?.[1];
}

// The view of the opened unit that shows a moment: of its value that is computed, of its edge that is taken; or of the last
// that was; -1 if no unit is opened.
function viewAt(now) {
  const unit = openedUnit(now);
  if (unit < 0) return -1;
  const { opened } = look.told, { byEdge, byNode } = diagrams.get(look).lens;
  const own = opened.units[unit], first = own[0], ofUnit = (views) => views?.find((view) => own.includes(view));
  const ofNode = (node) => ofUnit(byNode.get(node)) ?? first;
  if (state.chosen >= 0 && byNode.has(state.chosen)) return ofNode(state.chosen);
  if (now.forward) return now.at ? ofNode(told.forward[now.at - 1].node) : first;
  const source = sourceAt(now);
  if (source !== undefined) return own.find((view) => opened.factors[view].some(([node]) => node === source)) ?? first;
  for (let at = now.at; at > 0; at--) {
    const view = ofUnit(byEdge.get(sweepSteps()[at].edge));
    if (view !== undefined) return view;
  }
  return first;
}

// Drawing ---------------------------------------------------------------------------------------------------------------

// A number that is longer than its place is made smaller; what would be too small to be read has fewer digits.
function fitNumber(text, said) {
  const size = Number(text.dataset.size), room = Number(text.dataset.room), least = Math.min(look.told.legible, size);
  const wide = width(said) * size;
  text.style.fontSize = wide > room ? `${Math.max(least, (size * room) / wide)}px` : "";
}

function putNumber(text, said) {
  if (put(text, said)) fitNumber(text, said);
}

function shortly(k, digits, text) {
  const said = element(["n", k, digits], { run }), room = Number(text.dataset.room) / look.told.legible;
  return width(said) <= room || digits < 2 ? said : shortly(k, digits - 1, text);
}

function drawDiagram(now, fresh) {
  const unit = openedUnit(now), opened = unit >= 0, { drawings, lens, folds } = diagrams.get(look);
  const name = opened || look.narrow ? "beside" : "wide", drawing = drawings[name], mark = look.frame.classList;
  mark.toggle("unit-opened", opened);
  mark.toggle("narrow", look.narrow);
  frameDrawing(opened);
  mark.toggle("by-itself", opened && state.unit < 0);
  mark.toggle("ahead", now.forward);
  mark.toggle("astray", mistaken() && !now.forward);
  // Where whole units are spoken of, the one that is opened is spoken of.
  const current = opened && inUnits(now) ? unit : unitAt(now), taken = spokenLink(now);
  drawUnits(drawing, look.told.digits[name], now, current, fresh);
  drawLinks(drawing, now, current, taken);
  drawWeights(drawing, now, current);
  drawMost(drawing, now);
  for (const { group, column } of drawing.leads) {
    const units = net.list.map((_, unit) => unit).filter((unit) => look.told.columns[unit] === column);
    group.classList.toggle("future", now.forward && units.every((unit) => !computed(unit, now) && unit !== current));
  }
  if (opened) drawOpened(drawing, lens, folds, now, unit);
  else if (fresh) send(drawing, now, current, taken);
}

// Where a panel leaves too little width for all, only the drawing `beside` is shown, as large as without a panel; or of a lens all, and
// of what is beside it as much as there is room for.
const BESIDE = 640; // the width of that drawing: HALF in diagram_places.py
function frameDrawing(opened) {
  const { width, height } = look.size, { clientWidth, clientHeight } = look.drawing, scale = Math.min(clientHeight / height, clientWidth / BESIDE);
  const [wide, high] = look.narrow ? [clientWidth / scale, clientHeight / scale] : [width, height];
  const left = look.narrow ? (opened ? width - wide : (BESIDE - wide) / 2) : 0;
  const box = [left, (height - high) / 2, wide, high].map((side) => side.toFixed(1)).join(" ");
  if (look.box === box) return;
  look.box = box;
  look.drawing.setAttribute("viewBox", box);
  survey();
}

const outputOf = (unit) => net.list[unit][1].at(-1);
const computed = (unit, now) => computedAt.get(outputOf(unit)) <= now.computed;
const reached = new Set(net?.links.map(([unit]) => unit));

function drawUnits(drawing, digits, now, current, fresh) {
  const opened = openedUnit(now);
  for (const { group, unit, data, grad } of drawing.units) {
    const node = outputOf(unit), born = computed(unit, now), mark = group.classList;
    const gradient = now.forward ? null : gradientAt(node, now.swept);
    mark.toggle("playing", unit === current);
    mark.toggle("lit", unit === current);
    mark.toggle("opened-unit", unit === opened);
    mark.toggle("computed", now.forward ? born : Boolean(gradient));
    mark.toggle("future", now.forward ? !born && unit !== current : !gradient && unit !== current);
    mark.toggle("more", Boolean(gradient?.more));
    mark.toggle("wrong", Boolean(gradient?.wrong));
    mark.toggle("apart", !reached.has(unit));
    mark.toggle("bad", net.list[unit][1].includes(run.bad));
    mark.toggle("chosen", net.list[unit][1].includes(state.chosen));
    const value = born ? nodeText(node, digits[unit], data) : unit === current ? told.words.unknown : "";
    putNumber(data, value);
    putNumber(grad, gradient ? gradShortly(gradient, digits[unit], grad) : "");
    grad.classList.toggle("fresh", fresh && Boolean(gradient) && unit === current);
  }
  for (const { group, node, grad } of drawing.inputs) {
    const gradient = now.forward ? null : gradientAt(node, now.swept);
    group.classList.toggle("feeding", current >= 0 && net.list[current][2].includes(node) && now.forward);
    group.classList.toggle("reached", Boolean(gradient));
    group.classList.toggle("more", Boolean(gradient?.more));
    group.classList.toggle("wrong", Boolean(gradient?.wrong));
    putNumber(grad, gradient ? gradShortly(gradient, group.classList.contains("pill") ? 3 : 4, grad) : "");
    grad.classList.toggle("fresh", fresh && Boolean(gradient) && node === sweepSteps()[now.at].parent);
  }
}

// The number of a node's value stands in its text, told.data.
const valueNumber = told.data && Object.fromEntries(Object.entries(told.data).map(([node, text]) =>
  [node, Array.isArray(text) ? text.find((part) => Array.isArray(part) && part[0] === "n")?.[1] : undefined]));

function nodeText(node, digits, text) {
  const k = valueNumber[node];
  return k === undefined ? written(told.data[node], { run }) : shortly(k, digits, text);
}

function gradShortly(gradient, digits, text) {
  if (run.bad >= 0) return told.words.dash;
  return gradient.k === undefined ? written(told.grads[told.root][0][1], { run }) : shortly(gradient.k, digits, text);
}

function drawLinks(drawing, now, current, taken) {
  const most = largestOf(), all = [], [THIN, CARRIED, LIGHT, WEIGHED] = look.told.widths;
  for (const { group, wire, line } of drawing.links) {
    const [unit, , weight, link] = net.wires[wire], mark = group.classList, carried = now.forward ? null : carriedBy(wire, now.swept);
    const goes = (link >= 0 && link === taken) || (taken < 0 && edgesOf[wire].includes(sweepSteps()[now.at]?.edge));
    const inPlay = now.forward ? unit === current : goes;
    const future = !inPlay && (now.forward ? !computed(unit, now) : carried === null);
    const x = future || (now.forward && !look.told.weights[wire]) ? null : now.forward ? run.x[weight] : carried;
    const shown = x !== null && Number.isFinite(x);
    let wide = now.forward ? LIGHT : THIN;
    if (shown && now.forward && most.weight) wide += (WEIGHED * Math.abs(x)) / most.weight;
    if (shown && !now.forward && most.carried) wide += (CARRIED * Math.abs(x)) / most.carried;
    mark.toggle("playing", inPlay);
    mark.toggle("lit", inPlay);
    mark.toggle("past", now.forward ? computed(unit, now) : carried !== null);
    mark.toggle("future", future);
    mark.toggle("negative", shown && x < 0 && wide >= 2);
    mark.toggle("unknown", x !== null && !shown);
    mark.toggle("apart", link < 0);
    const style = String(Math.round(wide * 1000) / 1000);
    if (line.dataset.wide !== style) {
      line.dataset.wide = style;
      line.style.strokeWidth = `${style}px`;
      line.style.strokeDasharray = `${wide * 1.6 + 5} ${wide * 0.6 + 4}`;
    }
    if (inPlay) all.push(group);
  }
  for (const group of all) if (group.nextElementSibling?.matches("g.link")) group.parentNode.insertBefore(group, drawing.units[0]?.group ?? null);
}

// The current unit's weights and its bias, in the forward pass.
function drawWeights(drawing, now, current) {
  for (const { group, wire, text, plate } of drawing.weights) {
    const shown = now.forward && net.wires[wire][0] === current;
    group.classList.toggle("shown", shown);
    if (!shown) continue;
    putNumber(text, written(look.told.weights[wire], { run }));
    const half = text.getComputedTextLength() / 2 + 5;
    plate.setAttribute("x", Number(text.getAttribute("x")) - half);
    plate.setAttribute("width", 2 * half);
  }
  for (const { group, unit, text } of drawing.biases) {
    const shown = now.forward && unit === current;
    group.classList.toggle("shown", shown);
    if (shown) putNumber(text, written(look.told.biases[unit], { run }));
  }
}

// The wires to each column, and the most that came along these.
const wiresTo = new Map();
function wiresInto(column) {
  if (!wiresTo.has(column)) wiresTo.set(column, net.wires.flatMap(([unit], wire) => (look.told.columns[unit] === column ? [wire] : [])));
  return wiresTo.get(column);
}

function drawMost(drawing, now) {
  if (now.forward) return;
  let known = false;
  drawing.most.forEach((text, i) => {
    const all = wiresInto(i + 1).map((wire) => carriedBy(wire, now.swept));
    const come = all.filter((x) => x !== null);
    const shown = come.length > 0 && run.bad < 0;
    known ||= shown;
    putNumber(text, shown ? number(finiteMost(come), 2) : "");
  });
  drawing.mosts.style.visibility = known ? "" : "hidden"; // its words alone say nothing
}

// The lens, tied to its unit by a wedge.
function drawOpened(drawing, lens, folds, now, unit) {
  const { opened } = look.told, view = look.lens, [name, equations, begins] = opened.titles[unit];
  put(lens.name, name);
  if (put(lens.equations, equations)) lens.equations.setAttribute("x", begins);
  const factors = new Map(opened.factors[view]), { parent } = now.forward ? {} : sweepSteps()[now.at];
  const rows = factors.get(sourceAt(now) ?? parent) ?? [...factors.values()][0] ?? [];
  const known = rows.length && run.bad < 0 && (!now.forward || computed(unit, now));
  lens.factors.forEach((text, i) => putNumber(text, known && rows[i] ? written(rows[i], { run }) : ""));
  putNumber(lens.remark, known ? opened.remarks[unit] : "");
  lens.rule.classList.toggle("unseen-rule", !known);
  if (folds[view]) putNumber(folds[view], now.forward && !sourcesThere(unit, now) ? "" : written(opened.folds[view], { run }));
  const rect = drawing.units.find((one) => one.unit === unit).group.querySelector(".outline");
  const [x, y, wide, high] = ["x", "y", "width", "height"].map((side) => Number(rect.getAttribute(side)));
  const from = look.told.direction === "TB" ? `${x},${y + high}` : `${x + wide},${y}`; // of a unit above its lens, or at its left
  lens.wedge.setAttribute("points", `${from} ${lens.wedge.dataset.side} ${x + wide},${y + high}`);
}

const sourcesThere = (unit, now) => net.list[unit][2].every((source) => (computedAt.get(source) ?? 0) <= now.computed);

function send(drawing, now, current, taken) {
  if (now.asking) return;
  const goes = ([unit, , , link]) => (now.forward ? unit === current : link === taken && taken >= 0);
  travel(drawing.links.filter(({ wire }) => goes(net.wires[wire])).map(({ line }) => line), drawing.drawing, now.forward);
}

drawers.push((now, fresh) => {
  if (net && isDiagram()) drawDiagram(now, fresh);
});

// A matrix of weights lights its wires while it is pointed at or has the focus, and for as long as it is pressed.
const [{ told: { matrices = [] } } = { told: {} }] = diagrams.keys(), litMatrix = { pressed: -1, near: -1 };
const matrixButtons = matrices.map(([name], i) => {
  const button = make("button", { "aria-pressed": "false" }, make("bdi", {}, name));
  button.addEventListener("click", () => lightMatrix({ pressed: litMatrix.pressed === i ? -1 : i, near: -1 }));
  for (const near of ["pointerenter", "focus"]) button.addEventListener(near, () => lightMatrix({ near: i }));
  for (const gone of ["pointerleave", "blur"]) button.addEventListener(gone, () => lightMatrix({ near: -1 }));
  return button;
});
byId("matrices").append(...matrixButtons);
byId("matrices").hidden = !matrices.length;

function lightMatrix(change) {
  Object.assign(litMatrix, change);
  const { pressed, near } = litMatrix, shown = near >= 0 ? near : pressed;
  matrixButtons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === pressed)));
  for (const [one, { drawings }] of diagrams) {
    one.frame.classList.toggle("of-matrix", shown >= 0);
    for (const { group, wire } of Object.values(drawings).flatMap(({ links }) => links)) {
      group.classList.toggle("in-matrix", shown >= 0 && matrices[shown][1].includes(wire));
    }
  }
}

// Opening and closing ---------------------------------------------------------------------------------------------------

const openUnit = (unit) => update({ unit: state.unit === unit ? -1 : unit });

if (diagrams.size) {
  addressed.set("unit", {
    get: () => (state.unit < 0 ? "" : String(state.unit + 1)),
    set: (text) => { state.unit = Number(text) >= 1 && Number(text) <= net.list.length ? Math.trunc(Number(text)) - 1 : -1; },
  });
  addressed.set("inside", { // whether single edges of it are stepped along
    get: () => (state.unit >= 0 && byUnits() && !inUnits(moment(state.beat)) ? FLAG : ""),
    set: (text) => enter(Boolean(text)),
  });
  picture.addEventListener("click", ({ target }) => {
    const unit = target.closest("g.unit");
    if (unit) openUnit(Number(unit.dataset.unit));
    else if (target.closest("g.closing")) openUnit(state.unit);
  });
  addEventListener("keydown", (event) => {
    const { key, target } = event, unit = target.closest?.("g.unit"), closing = target.closest?.("g.closing");
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !isDiagram()) return;
    const presses = key === "Enter" || key === " ";
    const closes = key === "Escape" && state.unit >= 0 && !state.scene && !byId("more").open && !byId("help").open && !state.panel;
    if (!closes && !(presses && (unit || closing))) return;
    event.preventDefault();
    const focused = unit ? Number(unit.dataset.unit) : state.unit;
    if (unit && presses) openUnit(focused);
    else update({ unit: -1 });
    const { drawings } = diagrams.get(look); // the same unit in the drawing that is shown
    drawings[state.unit < 0 && !look.narrow ? "wide" : "beside"].units.find((one) => one.unit === focused)?.group.focus({ preventScroll: true });
  });
  for (const [{ told: { opened } }, { drawings }] of diagrams) {
    for (const { units } of Object.values(drawings)) {
      for (const { group, unit } of units) {
        group.setAttribute("aria-label", spelled(phrase("unit", { name: opened.titles[unit][0] })));
        group.addEventListener("focus", () => {
          const said = [...group.querySelectorAll("text")].filter((text) => getComputedStyle(text).visibility !== "hidden");
          const named = phrase("unit", { name: opened.titles[unit][0] });
          group.setAttribute("aria-label", spelled([named, ...said.map((text) => text.textContent)].join(" ")));
        });
      }
    }
  }
}
