// The network's diagram: its units' numbers, what its wires carry, and the lens of the unit that is opened.

// A look of this kind has two drawings, `wide` and `beside`: the second is shown beside a lens. stage.py tells of it, besides
// what it tells of every look, the texts of `weights` and `biases`, the `columns` of units, and of the lenses `opened`.
const isDiagram = () => look.told.name === "diagram";
const THIN = 0.9, CARRIED = 12.1, LIGHT = 1.5, WEIGHED = 8.5; // the widths of wires: at 0, and what the largest has more

// The edges of each wire: from values of its unit to its input.
const edgesOf = (net?.wires ?? []).map(([unit, source]) => told.edges.flatMap(([node, , parent], edge) =>
  (parent === source && net.list[unit][1].includes(node) ? [edge] : [])));
const finiteMost = (numbers) => Math.max(0, ...numbers.filter(Number.isFinite).map(Math.abs));

// The number that a wire carries in the sweep that is played once that has come to a position: null if nothing came along yet. A
// mistaken sweep may go along an edge several times.
function carriedBy(wire, swept) {
  const [, , , link] = net.wires[wire];
  if (!mistaken()) return link >= 0 && net.links[link][2] <= swept ? run.x[net.links[link][4]] : null;
  const steps = edgesOf[wire].flatMap((edge) => came[state.mistake].get(edge) ?? []).filter((at) => at <= swept);
  return steps.length ? steps.reduce((sum, at) => sum + run.x[sweepSteps()[at].contribution], 0) : null;
}

// The greatest number that a wire carries in the whole sweep, and the greatest weight: of one run, one sweep.
let mostOf = {};
function largestOf() {
  if (mostOf.run !== run || mostOf.mistake !== state.mistake) {
    const all = net.wires.map((_, wire) => carriedBy(wire, Infinity) ?? 0);
    mostOf = { run, mistake: state.mistake, carried: finiteMost(all), weight: finiteMost(net.wires.map(([, , k]) => run.x[k])) };
  }
  return mostOf;
}

// The gradient in a value once the sweep has come to a position: the place of its number, and whether more is to come.
function gradientAt(node, swept) {
  const steps = sweepSteps(), from = steps.findLastIndex(({ parent }, at) => at <= swept && parent === node);
  if (from < 0) return null;
  const last = steps.findLastIndex(({ parent }) => parent === node);
  return { k: steps[from].after, more: from < last, wrong: mistaken() && steps[from].after !== undefined && isWrong(steps[from]) };
}

// What each diagram has, found once.
const diagrams = new Map(looks.filter(({ told }) => told.name === "diagram").map((one) => {
  const drawings = Object.fromEntries(["wide", "beside"].map((name) => {
    const drawing = one.drawing.querySelector(`.${name}`), all = (what) => [...drawing.querySelectorAll(what)];
    return [name, {
      drawing,
      units: all("g.unit").map((group) => ({ group, unit: Number(group.dataset.unit), data: group.querySelector(".data"), grad: group.querySelector(".grad") })),
      inputs: all("g.input").map((group) => ({ group, node: Number(group.dataset.number), grad: group.querySelector(".gradient") })),
      links: all("g.link").map((group) => ({ group, wire: Number(group.dataset.wire), line: group.querySelector(".line") })),
      weights: all("g.weight").map((group) => ({ group, wire: Number(group.dataset.wire), text: group.querySelector("text") })),
      biases: all("g.bias").map((group) => ({ group, unit: Number(group.dataset.unit), text: group.querySelector("text") })),
      leads: all("g.leads").map((group) => ({ group, column: Number(group.dataset.column) })),
      most: all("text.most"),
    }];
  }));
  const part = (what) => one.drawing.querySelector(what);
  const lens = { frame: part("g.opened"), wedge: part(".wedge"), name: part(".unit-name"), equations: part(".equations"), factors: [part(".factors.symbols"), part(".factors.numbers")], remark: part(".remark"), rule: part(".rule") };
  return [one, { drawings, lens, folds: one.lenses.map((group) => group.querySelector(".fold text")) }];
}));

function svgElement(tag, attributes, parent) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  parent.append(made);
  return made;
}

// The view of the opened unit that shows a moment: of its value that is computed, of its edge that is taken; or of the last
// that was; -1 if no unit is opened.
function viewAt(now) {
  const { opened } = look.told;
  if (state.unit < 0 || !opened) return -1;
  const own = opened.units[state.unit], first = own[0];
  if (state.chosen >= 0 && opened.nodes[state.chosen]) return opened.nodes[state.chosen].find((view) => own.includes(view)) ?? first;
  if (now.forward) return now.at ? opened.nodes[told.forward[now.at - 1].node]?.find((view) => own.includes(view)) ?? first : first;
  for (let at = now.at; at > 0; at--) {
    const view = opened.edges[sweepSteps()[at].edge]?.find((one) => own.includes(one));
    if (view !== undefined) return view;
  }
  return first;
}

// Drawing ---------------------------------------------------------------------------------------------------------------

// A number that is longer than its place is made smaller; what would be too small to be read is rounded, and says so.
function fitNumber(text, said) {
  const size = Number(text.dataset.size), room = Number(text.dataset.room), least = Math.min(20.2, size);
  const wide = width(said) * size;
  text.style.fontSize = wide > room ? `${Math.max(least, (size * room) / wide)}px` : "";
}

function putNumber(text, said) {
  if (put(text, said)) fitNumber(text, said);
}

function shortly(k, digits, text) {
  const said = element(["n", k, digits], { run }), room = Number(text.dataset.room) / 20.2;
  if (width(said) <= room || !Number.isFinite(run.x[k])) return said;
  return `≈${number(Number(exponential(run.x[k], 1)), 2)}`;
}

function drawDiagram(now, fresh) {
  const opened = state.unit >= 0, { drawings, lens, folds } = diagrams.get(look);
  const name = opened ? "beside" : "wide", drawing = drawings[name];
  look.frame.classList.toggle("unit-opened", opened);
  look.frame.classList.toggle("ahead", now.forward);
  const current = unitAt(now), taken = linkAt(now);
  drawUnits(drawing, look.told.digits[name], now, current, fresh);
  drawLinks(drawing, now, current, taken);
  drawWeights(drawing, now, current);
  drawMost(drawing, now);
  for (const { group, column } of drawing.leads) {
    const units = net.list.map((_, unit) => unit).filter((unit) => look.told.columns[unit] === column);
    group.classList.toggle("future", now.forward && units.every((unit) => !computed(unit, now) && unit !== current));
  }
  if (opened) drawOpened(drawing, lens, folds, now);
  else if (fresh) send(drawing, now, current, taken);
}

const outputOf = (unit) => net.list[unit][1].at(-1);
const computed = (unit, now) => computedAt.get(outputOf(unit)) <= now.computed;
const reached = new Set(net?.links.map(([unit]) => unit));

function drawUnits(drawing, digits, now, current, fresh) {
  for (const { group, unit, data, grad } of drawing.units) {
    const node = outputOf(unit), born = computed(unit, now), mark = group.classList;
    const gradient = now.forward ? null : gradientAt(node, now.swept);
    mark.toggle("current", unit === current || unit === state.unit);
    mark.toggle("playing", unit === current);
    mark.toggle("lit", unit === current);
    mark.toggle("opened-unit", unit === state.unit);
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
  return gradient.k === undefined ? "1" : shortly(gradient.k, digits, text);
}

function drawLinks(drawing, now, current, taken) {
  const most = largestOf(), all = [];
  for (const { group, wire, line } of drawing.links) {
    const [unit, , weight, link] = net.wires[wire], mark = group.classList;
    const carried = now.forward ? null : carriedBy(wire, now.swept);
    const inPlay = now.forward ? unit === current : (link >= 0 && link === taken) || edgesOf[wire].includes(sweepSteps()[now.at].edge);
    const x = now.forward ? run.x[weight] : carried, shown = x !== null && Number.isFinite(x);
    let wide = now.forward ? LIGHT : THIN;
    if (shown && now.forward && most.weight) wide += (WEIGHED * Math.abs(x)) / most.weight;
    if (shown && !now.forward && most.carried) wide += (CARRIED * Math.abs(x)) / most.carried;
    mark.toggle("playing", inPlay);
    mark.toggle("lit", inPlay);
    mark.toggle("past", now.forward ? computed(unit, now) : carried !== null);
    mark.toggle("future", now.forward ? !computed(unit, now) && !inPlay : carried === null && !inPlay);
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
  for (const { group, wire, text } of drawing.weights) {
    const shown = now.forward && net.wires[wire][0] === current;
    group.classList.toggle("shown", shown);
    if (shown) putNumber(text, written(look.told.weights[wire], { run }));
  }
  for (const { group, unit, text } of drawing.biases) {
    const shown = now.forward && unit === current;
    group.classList.toggle("shown", shown);
    if (shown) putNumber(text, written(look.told.biases[unit], { run }));
  }
}

// The most that came along the wires to each column.
function drawMost(drawing, now) {
  if (now.forward) return;
  drawing.most.forEach((text, i) => {
    const all = net.wires.flatMap(([unit], wire) => (look.told.columns[unit] === i + 1 ? [carriedBy(wire, now.swept)] : []));
    const come = all.filter((x) => x !== null);
    putNumber(text, come.length && run.bad < 0 ? number(finiteMost(come), 2) : "");
  });
}

// The lens, tied to its unit by a wedge.
function drawOpened(drawing, lens, folds, now) {
  const { opened } = look.told, view = look.lens, unit = state.unit;
  const [name, equations] = opened.titles[unit];
  if (put(lens.name, name)) lens.equations.setAttribute("x", Number(lens.name.getAttribute("x")) + width(name) * 28 + 22);
  put(lens.equations, equations);
  const factors = opened.factors[view], { parent } = now.forward ? {} : sweepSteps()[now.at];
  const rows = factors[parent] ?? Object.values(factors)[0] ?? [];
  const known = rows.length && run.bad < 0 && (!now.forward || computed(unit, now));
  lens.factors.forEach((text, i) => putNumber(text, known && rows[i] ? written(rows[i], { run }) : ""));
  putNumber(lens.remark, known ? opened.remarks[unit] : "");
  lens.rule.classList.toggle("unseen-rule", !known);
  if (folds[view]) putNumber(folds[view], now.forward && !sourcesThere(unit, now) ? "" : written(opened.folds[view], { run }));
  const [box, frame] = [drawing.units.find((one) => one.unit === unit).group.querySelector(".outline"), lens.frame.querySelector(".frame")]
    .map((rect) => ["x", "y", "width", "height"].map((side) => Number(rect.getAttribute(side))));
  lens.wedge.setAttribute("points", `${box[0] + box[2]},${box[1]} ${frame[0]},${frame[1] + 60} ${frame[0]},${frame[1] + frame[3] - 60} ${box[0] + box[2]},${box[1] + box[3]}`);
}

const sourcesThere = (unit, now) => net.list[unit][2].every((source) => (computedAt.get(source) ?? 0) <= now.computed);

function send(drawing, now, current, taken) {
  if (now.asking) return;
  const moving = drawing.links.filter(({ wire }) => (now.forward ? net.wires[wire][0] === current : net.wires[wire][3] === taken && taken >= 0));
  travel(moving.map(({ line }) => line), drawing.drawing, now.forward);
}

drawers.push((now, fresh) => {
  if (net && isDiagram()) drawDiagram(now, fresh);
});

// Opening and closing ---------------------------------------------------------------------------------------------------

const openUnit = (unit) => update({ unit: state.unit === unit ? -1 : unit });

if (diagrams.size) {
  addressed.set("unit", {
    get: () => (state.unit < 0 ? "" : String(state.unit + 1)),
    set: (text) => { state.unit = Number(text) >= 1 && Number(text) <= net.list.length ? Math.trunc(Number(text)) - 1 : -1; },
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
    drawings[state.unit < 0 ? "wide" : "beside"].units.find((one) => one.unit === focused)?.group.focus({ preventScroll: true });
  });
  for (const [{ told: { opened } }, { drawings }] of diagrams) {
    for (const { units } of Object.values(drawings)) {
      for (const { group, unit } of units) {
        group.setAttribute("aria-label", spelled(phrase("unit", { name: opened.titles[unit][0] })));
        group.addEventListener("focus", () => {
          const said = [...group.querySelectorAll("text")].filter((text) => getComputedStyle(text).visibility !== "hidden");
          group.setAttribute("aria-label", spelled(`${phrase("unit", { name: opened.titles[unit][0] })} ${said.map((text) => text.textContent).join(" ")}`));
        });
      }
    }
  }
}
