// The picture: cards, labels and wires at a moment.

// The looks of the graph: the same values as cards, as a circuit, as a network's diagram, from left to right or downwards. Each
// has its own drawing and its own lines beside the edges; one of them is shown.

const picture = byId("picture");
const groups = (kind, within) => [...within.querySelectorAll(`g.${kind}`)].map((group) => (
  { number: Number(group.dataset.number), group, lens: Number(group.closest(".lens")?.dataset.lens ?? -1) }));
const roomOf = (text) => Number(text?.dataset.room ?? 0) * 1.03 + 2;

// Drawings that are alike come as shapes, and what stands in each between the parts of its shape: see alike.py.
function drawAlike(place, { shapes, drawn }) {
  place.innerHTML = drawn.map(([shape, ...given]) => shapes[shape].map((part, i) => part + (given[i] ?? "")).join("")).join("");
  [...place.children].forEach((one, i) => { one.dataset.lens = i; });
}

// What a look has: `told` of it by stage.py, its element, its drawing and, if that is in lenses, all of the graph beside it.
// Of a drawing in lenses the same number may be in several of these.
function lookIn(frame, told) {
  const drawing = frame.querySelector("svg.drawing"), overview = frame.querySelector("svg.overview");
  if (told.opened) drawAlike(drawing.querySelector(".views"), told.opened);
  const labels = groups("label", drawing).map(({ group, ...which }) => {
    const lines = [...group.querySelectorAll("text")], carried = group.querySelector(".contribution");
    const room = roomOf(lines[0]);
    const [x, y] = ["x", "y"].map((name) => Number(lines[0].getAttribute(name)));
    const box = { left: x - room / 2, right: x + room / 2, top: y - LABEL_FONT, bottom: y + 30 * lines.length };
    return { ...which, group, lines: lines.filter((line) => line !== carried), carried, room, box };
  });
  const cards = groups("card", drawing).map(({ group, ...which }) => {
    const data = group.querySelector(".data"), grad = group.querySelector(".grad");
    const hit = group.querySelector(".hit");
    const [left, top, wide, high] = ["x", "y", "width", "height"].map((name) => Number(hit.getAttribute(name)));
    const box = { left, right: left + wide, top, bottom: top + high };
    const tip = svgMake("title");
    group.append(tip);
    return { ...which, group, data, grad, tip, dataRoom: roomOf(data), gradRoom: roomOf(grad), box };
  });
  const [dots, ways] = ["dot", "way"].map((kind) => (overview ? groups(kind, overview) : []));
  const wires = groups("wire", drawing), lenses = [...drawing.querySelectorAll(".lens")];
  const { width, height } = drawing.viewBox.baseVal;
  return { told, frame, drawing, overview, wires, labels, cards, dots, ways, lenses, lens: -1, size: { width, height }, narrow: false };
}

// Of those that are not shown nothing stands in the document.
const frames = [picture, ...[...picture.querySelectorAll("template")].map(({ content }) => content)]
  .map((place) => place.querySelector(".look"));
const toldOf = (one) => (one.like === undefined ? one : { ...told.looks[one.like], ...one });
const looks = frames.map((frame, i) => lookIn(frame, toldOf(told.looks[i])));
let look = looks[0];

// The part of the drawing that is seen, in its own units; nothing of one whose words are too small to be read. While an
// input moves, texts outside it wait until it rests: laying out a text takes the browser longer than all that leads to it.
let view = { left: -Infinity, right: Infinity, top: -Infinity, bottom: Infinity };

function survey() {
  const { left, right, top, bottom } = picture.getBoundingClientRect(), inverse = look.drawing.getScreenCTM().inverse();
  const start = new DOMPoint(left, top).matrixTransform(inverse), end = new DOMPoint(right, bottom).matrixTransform(inverse);
  const legible = FONT >= 7 * inverse.a; // in pixels
  view = { left: start.x, right: legible ? end.x : start.x, top: start.y, bottom: end.y };
}

const seen = ({ left, right, top, bottom }) => left < view.right && right > view.left && top < view.bottom && bottom > view.top;

// The lens that is shown, of a picture that has some: that of the step, or of the value that is chosen.
function lensAt(now) {
  if (look.told.opened) return viewAt(now); // diagram.js
  if (!look.told.lenses) return -1;
  const { nodes, edges } = look.told.lenses;
  if (state.chosen >= 0) return nodes[state.chosen];
  if (now.forward) return nodes[told.forward[Math.max(now.at, 1) - 1]?.node ?? told.root];
  const { edge, edges: [first] = [edge], parent } = sweepSteps()[now.at];
  return edges[first] ?? nodes[parent];
}

function showLens(lens) {
  if (lens === look.lens) return;
  look.lens = lens;
  look.lenses.forEach((group, i) => group.classList.toggle("shown", i === lens));
}

// What stands beside every lens has the number -2.
const inLens = ({ lens }) => (lens === -2 ? look.lens >= 0 || look.narrow : lens === look.lens && !(look.narrow && lens < 0));
const cardAt = (number) => look.cards.find((card) => card.number === number && inLens(card));

// The position from which a node's value is there, an edge's contribution, and a card's grads.
const computedAt = new Map(told.forward.flatMap(({ node, others = [] }, at) => [node, ...others].map((one) => [one, at + 1])));
// For each sweep: the positions at which each edge comes, and each node's first contribution. With a mistake the edges may
// come in another order, and several times.
const came = {}, begun = {};
for (const [mistake, steps] of Object.entries(sweeps)) {
  came[mistake] = new Map();
  steps.forEach(({ edge, edges = [edge] }, at) => {
    for (const one of edges) came[mistake].set(one, [...(came[mistake].get(one) ?? []), at]);
  });
  begun[mistake] = new Map(steps.flatMap(({ parent, ends }, at) => [[parent, at], ...ends.slice(1).map((end) => [end, at])]).reverse());
}

// What only the sweep from another root reaches.
const otherwiseReached = new Set([read, ...read.editions].flatMap(({ grads = {} }) => Object.keys(grads).map(Number)));

// The position at which an edge has come last, or will first come.
function comes(edge, now) {
  const positions = came[state.mistake].get(edge) ?? [];
  return positions.findLast((at) => at <= now.at) ?? positions[0] ?? Infinity;
}

// A card's grad once the sweep has come to a position: its text, the position from which it holds, whether it is wrong.
function gradOf(node, swept, room) {
  if (mistaken()) return mistakenGrad(node, swept, room);
  const latest = told.grads[node]?.findLast(([from]) => from <= swept);
  if (!latest) return null;
  const [from, full, brief] = latest;
  if (run.bad >= 0) return { from, text: told.words.dash };
  const text = written(full, { run });
  return { from, text: brief && width(text) * FONT > room ? written(brief, { run }) : text };
}

function mistakenGrad(node, swept, room) {
  const from = sweepSteps().findLastIndex(({ parent }, at) => at <= swept && parent === node);
  if (from < 0) return null;
  const { after, right } = sweepSteps()[from];
  if (after === undefined) return { from, text: written(told.grads[node][0][1], { run }) }; // the seed
  const wrong = isWrong(sweepSteps()[from]);
  const both = wrong ? beside(after, right).join(" ≠ ") : "", legible = width(both) * FONT * 0.7 <= room;
  return { from, text: wrong && (legible || !look.told.opened) ? both : shown(after), wrong }; // a unit's lens has little room
}

// Two numbers with as many digits as tell them apart.
function beside(...numbers) {
  const digits = apart(numbers.map((k) => run.x[k]));
  return numbers.map((k) => element(["n", k, digits], { run }));
}

const shown = (k) => element(["n", k], { run });

function contributionOf(edge, at) {
  if (run.bad >= 0) return told.words.dash;
  if (mistaken()) return element(["+", sweepSteps()[at].contribution], { run });
  return written(told.contributions[edge], { run });
}

function drawWires(now, lit) {
  const [computing] = endsOf(now), first = begun[state.mistake];
  for (const { number, group } of [...look.wires.filter(inLens), ...look.ways]) {
    const [node, , parent] = told.edges[number], at = comes(number, now);
    const inPlay = now.forward ? node === computing : at === now.at;
    const waits = !now.forward && at > now.at && at < Infinity && first.get(parent) <= now.swept;
    const mark = group.classList;
    mark.toggle("lit", inPlay);
    mark.toggle("forward", inPlay && now.forward);
    mark.toggle("carried", at <= now.swept);
    mark.toggle("future", now.forward ? (computedAt.get(node) ?? 0) > now.at : at > now.at);
    mark.toggle("awaited", waits);
    mark.toggle("chain", lit.edges.has(number));
  }
}

// What a step carries runs along its wires: forward with the arrows, a gradient against them.
const still = matchMedia("(prefers-reduced-motion: reduce)");
const MOVERS = 12; // at once

function travel(lines, svg, forward) {
  if (still.matches) return;
  for (const line of lines.slice(0, MOVERS)) {
    const dot = svgMake("circle", { class: `mover ${forward ? "forward" : ""}`, r: 7 }), length = line.getTotalLength();
    const points = Array.from({ length: 9 }, (_, i) => line.getPointAtLength(length * (forward ? i / 8 : 1 - i / 8)));
    svg.append(dot);
    dot.animate(points.map(({ x, y }) => ({ transform: `translate(${x}px, ${y}px)` })), { duration: 700, easing: "ease-in-out" })
      .onfinish = () => dot.remove();
  }
}

drawers.push((now, fresh, hurried) => {
  if (hurried) return;
  for (const late of look.frame.querySelectorAll(".mover")) late.remove(); // of a step before
  if (!fresh || now.asking) return;
  const moving = look.wires.filter((wire) => inLens(wire) && wire.group.matches(".lit.forward, .lit.carried"));
  for (const { group } of moving) travel([...group.querySelectorAll("path")].slice(0, 1), group.parentNode, now.forward);
});

function drawLabels(now, lit, hurried) {
  const context = { run };
  for (const { number, group, lines, carried, room, box } of look.labels.filter(inLens)) {
    if (hurried && !seen(box)) continue;
    const [node] = told.edges[number], at = comes(number, now), mark = group.classList;
    const awaited = !now.forward && now.asking && at === now.at, born = (computedAt.get(node) ?? 0) <= now.computed;
    mark.toggle("lit", !now.forward && at === now.at);
    mark.toggle("carried", at <= now.swept);
    mark.toggle("asked", awaited);
    mark.toggle("unborn", !born);
    mark.toggle("future", now.forward ? (computedAt.get(node) ?? 0) > now.at : at > now.at);
    mark.toggle("chain", lit.edges.has(number));
    const texts = look.told.labels[number];
    const secret = secretLocal(number, now) || (!born && stillAsked("values", now));
    if (texts && (born || state.chosen >= 0)) lines.forEach((line, i) => { // of a chosen value it is shown before
      const full = written(texts[i], context), text = secret ? (i ? "" : asAsked(full, number, now)) : full;
      if (put(line, text)) fit(line, text, LABEL_FONT, room);
    });
    if (carried && at <= now.at) put(carried, awaited ? told.words.unknown : contributionOf(number, at));
  }
}

function drawCards(now, lit, fresh, hurried) {
  const context = { run }, ends = endsOf(now), [computing] = ends;
  const feeding = new Set(told.edges.filter(([node]) => node === computing).map(([, , parent]) => parent));
  for (const { number, group, data, grad, tip, dataRoom, gradRoom, box } of look.cards.filter(inLens)) {
    if (hurried && !seen(box)) continue;
    const born = computedAt.get(number) ?? 0, current = ends.includes(number), mark = group.classList;
    const latest = now.forward ? null : gradOf(number, now.swept, gradRoom);
    mark.toggle("lit", current);
    mark.toggle("forward", current && now.forward);
    mark.toggle("future", !current && (now.forward ? born > now.at : !latest));
    mark.toggle("bad", number === run.bad);
    mark.toggle("chosen", number === state.chosen);
    mark.toggle("chain", lit.nodes.has(number));
    mark.toggle("feeds", now.forward && state.chosen < 0 && feeding.has(number)); // its own wire leads to what is computed
    const value = born <= now.computed ? written(told.data[number], context) : current ? told.words.unknown : told.words.dash;
    if (data && put(data, writtenBefore(data) + value)) fit(data, writtenBefore(data) + value, FONT, dataRoom);
    if (!grad || (!told.grads[number] && !otherwiseReached.has(number))) continue;
    put(tip, latest || !told.grads[number] ? "" : phrase("not computed"));
    const text = latest ? latest.text : told.grads[number] ? look.told.missing : "";
    if (put(grad, writtenBefore(grad) + text)) fit(grad, writtenBefore(grad) + text, latest ? FONT : 0, gradRoom);
    grad.classList.toggle("missing", !latest);
    grad.classList.toggle("wrong", Boolean(latest?.wrong));
    grad.classList.toggle("fresh", fresh && latest?.from === now.at && !now.asking);
  }
}

// What a skin writes before a number in the same words.
const writtenBefore = (text) => text.dataset.before ?? "";

// All of the graph in dots: what is in play, what has come, and what the lens shows.
function drawDots(now, lit) {
  const ends = endsOf(now), near = new Set(look.cards.filter(inLens).map(({ number }) => number));
  for (const { number, group } of look.dots) {
    const mark = group.classList, current = ends.includes(number);
    mark.toggle("lit", current);
    mark.toggle("forward", current && now.forward);
    mark.toggle("future", now.forward ? (computedAt.get(number) ?? 0) > now.at : !gradOf(number, now.swept, Infinity));
    mark.toggle("near", near.has(number));
    mark.toggle("bad", number === run.bad);
    mark.toggle("chosen", number === state.chosen);
    mark.toggle("chain", lit.nodes.has(number));
  }
}

// The edges and nodes of the chosen node's paths to the root: of all of them, or of the one that is chosen.
function tracedPaths() {
  const lit = { edges: new Set(), nodes: new Set() };
  if (state.chosen < 0) return lit;
  lit.edges = new Set(state.path < 0 ? between(state.chosen) : told.chain[state.chosen].paths[state.path]);
  for (const node of [told.root, state.chosen]) lit.nodes.add(node);
  for (const edge of lit.edges) lit.nodes.add(told.edges[edge][0]).add(told.edges[edge][2]);
  return lit;
}

// The edges on all ways from the root to a node. They are numbered in the order in which values are computed.
function between(chosen) {
  const reached = new Set([chosen]), edges = [];
  told.edges.forEach(([node, , parent, carries], edge) => {
    if (!carries || node === chosen || !reached.has(parent)) return;
    reached.add(node);
    edges.push(edge);
  });
  return edges;
}

const trouble = (run) => written(told.errors[run.bad][run.why], { run });

// Only where the picture is larger than its place does it scroll, to what is lit; of paths that are longer, to their beginning.
// So does the table.
function reveal() {
  if (state.panel === "table") table.querySelector("tr.lit")?.scrollIntoView({ block: "nearest" });
  if (!picture.classList.contains("scrolled")) return;
  const frame = picture.getBoundingClientRect(), chosen = state.chosen >= 0;
  for (const what of chosen ? ["g.card.chosen, g.wire.chain", "g.card.chosen"] : ["g.lit"]) {
    const boxes = [...look.drawing.querySelectorAll(what)].map((group) => group.getBoundingClientRect())
    .filter(({ width, height }) => width || height);
    if (!boxes.length) return;
    const left = Math.min(...boxes.map((box) => box.left)), right = Math.max(...boxes.map((box) => box.right));
    const top = Math.min(...boxes.map((box) => box.top)), bottom = Math.max(...boxes.map((box) => box.bottom));
    if (chosen && what.includes(",") && (right - left > frame.width || bottom - top > frame.height)) continue;
    picture.scrollBy((left + right - frame.left - frame.right) / 2, (top + bottom - frame.top - frame.bottom) / 2);
    return;
  }
}
