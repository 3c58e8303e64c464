// A graph of units, told.units: which unit and which link a moment is in, the steps from unit to unit, and their sentences.

const net = told.units;
// By value which unit it was computed in, or is a parameter of; by edge which link it is of.
const unitOf = new Map(), linkOf = new Map();
if (net) {
  net.list.forEach(([, nodes, , parameters], k) => [...nodes, ...parameters].forEach((node) => unitOf.set(node, k)));
  const links = new Map(net.links.map(([unit, source], i) => [`${unit} ${source}`, i]));
  told.edges.forEach(([node, , parent], edge) => {
    const link = links.get(`${unitOf.get(node)} ${parent}`);
    if (link !== undefined) linkOf.set(edge, link);
  });
}

// The unit in play, of told.units.list: the one being computed, or the one that a step goes back through (the seed: the
// last); -1 where none is.
function unitAt(now) {
  if (now.forward) return now.at ? unitOf.get(told.forward[now.at - 1].node) ?? -1 : -1;
  const step = sweepSteps()[now.at];
  return unitOf.get(step.node ?? step.parent) ?? -1;
}

// The link in play, of told.units.links: that whose edge a step of the backward pass takes; -1 inside a unit, at the seed, on
// the way to a parameter. The last unit beat is the end of the sweep, where the last link's gradient has come and all others.
function linkAt(now) {
  if (!net || now.forward) return -1;
  if (inUnits(now) && beatOf(now) === lastBeat()) return net.links.length - 1;
  return linkOf.get(sweepSteps()[now.at].edge) ?? -1;
}

// The beats -------------------------------------------------------------------------------------------------------------

// Whether steps go from unit to unit, as they do on the diagram. A mistake is watched edge by edge.
const byUnits = () => Boolean(net) && look.told.name === "diagram" && !mistaken();

const beatOf = ({ forward, at, asking }) => (forward ? 0 : SEED) + 2 * at - (asking ? 1 : 0);

// Whether whole units are spoken of: while none is opened; and where one is, until a step is taken in it, and at every beat of
// another unit, of which its lens shows nothing.
let openedAt = { unit: -1, beat: 0 };
const enter = (inside) => { openedAt = { unit: inside ? state.unit : -1, beat: -1 }; };
function inUnits(now = moment(state.beat)) {
  if (openedAt.unit !== state.unit) openedAt = { unit: state.unit, beat: state.beat };
  else if (openedAt.beat !== state.beat) openedAt.beat = -1;
  if (!byUnits()) return false;
  if (state.unit >= 0 && now.at && !(state.predicting && now.asking) && unitAt(now) !== state.unit) return true;
  return unitBeats.has(beatOf(now)) && (state.unit < 0 || state.beat === openedAt.beat);
}

// The unit beats: of each unit that at which its output is asked for and that at which it is shown, of each link those at which
// its last edge is. The last of all is the end of the sweep, so that nothing is left out: what follows the last link are
// gradients of parameters.
const unitBeats = new Map(); // by beat { unit } or { link }, and the position that is shown
if (net) {
  unitBeats.set(0, { position: 0 }).set(SEED, { position: 0 });
  net.list.forEach(([, nodes], unit) => {
    const at = computedAt.get(nodes.at(-1));
    for (const beat of [2 * at - 1, 2 * at]) unitBeats.set(beat, { unit, position: unit + 1 });
  });
  const end = SEED + 2 * (told.steps.length - 1);
  net.links.forEach(([, , last], link) => {
    const answer = link + 1 < net.links.length ? SEED + 2 * last : end;
    for (const beat of [SEED + 2 * last - 1, answer]) unitBeats.set(beat, { link, position: link + 1 });
  });
}

// What is said of whole units at a moment: of the last unit beat so far, in this pass.
function unitBeat(now) {
  const beat = beatOf(now);
  if (unitBeats.has(beat)) return unitBeats.get(beat);
  const passed = [...unitBeats.keys()].filter((one) => one <= beat && one < SEED === now.forward);
  return unitBeats.get(Math.max(...passed));
}

// The beats of a unit's own edges: in the forward pass of each of its values, in the backward pass of each edge that leaves one.
const ownBeat = (beat) => {
  const now = moment(beat);
  return now.at > 0 && unitAt(now) === state.unit;
};

skips.push((beat) => byUnits() && (state.unit < 0 ? !unitBeats.has(beat) : !ownBeat(beat)));

// Whether a step leaves the unit that is opened: in this pass nothing of it is further on.
function leaving(by) {
  if (state.unit < 0 || !byUnits()) return false;
  const { forward } = moment(state.beat);
  for (let beat = state.beat + by; beat >= 0 && beat <= lastBeat() && beat < SEED === forward; beat += by) {
    if (ownBeat(beat)) return false;
  }
  return true;
}

// The unit beat that is nearest to a beat; the beat itself where steps go from edge to edge.
function nearest(beat) {
  if (told.folded && skips.some((skip) => skip(beat))) return beat + 1; // what is not asked is answered
  if (!byUnits() || state.unit >= 0) return beat;
  for (let apart = 0; ; apart++) {
    for (const near of [beat + apart, beat - apart]) if (unitBeats.has(near)) return near;
  }
}

// What the controls show of a moment: how far the pass has come, and how far it goes.
function counted(now) {
  if (!inUnits(now)) return { at: now.at, of: now.forward ? FORWARD : stepCount() };
  const beat = beatOf(now), passed = [...unitBeats].filter(([one]) => one < SEED === now.forward && one <= beat);
  return { at: Math.max(...passed.map(([, { position }]) => position)), of: now.forward ? net.list.length : net.links.length };
}

// The sentences ---------------------------------------------------------------------------------------------------------

tellers.push((now) => {
  if (net && now.forward && !now.at) return { lines: [[[[net.start, "data"]]]], whole: net.start };
  if (!inUnits(now)) return null;
  const { unit, link } = ofOpened(now) ?? unitBeat(now), answered = { ...now, asking: now.asking && !ofOpened(now) };
  if (unit !== undefined) return arisingUnit(unit, answered);
  return link === undefined ? null : goingBack(link, answered);
});

// Of a unit that is opened and not in play, what has come last of it: its output, a link back to it or from it; null of any
// other, of one of which nothing has come, and where an answer is waited for.
function ofOpened(now) {
  const { unit } = state, playing = unitBeat(now), output = net.list[unit]?.[1].at(-1);
  const isOf = ([from, source]) => from === unit || source === output;
  if (unit < 0 || unit === playing.unit || (state.predicting && now.asking)) return null;
  if (now.forward) return computedAt.get(output) <= now.computed ? { unit } : null;
  if (playing.link !== undefined && isOf(net.links[playing.link])) return null;
  const link = net.links.findLastIndex((one) => isOf(one) && one[2] <= now.swept);
  return link < 0 ? { unit } : { link };
}

// How a unit's output arises: the equations before that of the output, this one, and which unit it is. What is asked, and said of
// answers, is what is asked of the output alone.
function arisingUnit(unit, now) {
  const [before, last] = net.forward[unit], value = now.asking ? told.words.unknown : told.data[net.list[unit][1].at(-1)];
  const equation = [...last, [value, "data"]], title = [[net.titles[unit], ""]];
  const lines = [before, [equation], now.asking && state.predicting ? [] : [title]];
  const read = [...before, equation].map((pieces) => pieces.flatMap(([text]) => parts(text)));
  const whole = [...read.flatMap((text) => [...text, "\n"]), net.titles[unit]];
  return { ...(now.asking ? edgeSentence(now) : {}), lines, whole, update: true };
}

// What goes back along a link, in the words of a step. The last line has the sum as well, so that the second is the update alone.
// Asked is what goes along the link, or the derivative of the unit.
function goingBack(link, now) {
  const texts = told.templates, blanks = net.sentences[link];
  if (!now.asking) {
    const [first, [update, ...sum], status] = texts.pieces;
    return { lines: [first, [update], [...status, ...sum]], whole: texts.said, blanks };
  }
  const edge = edgeSentence(now), [unit, , , partial, contribution] = net.links[link], ofUnit = { ...edge.blanks, ...blanks };
  if (edge.kind === "locals") return { ...edge, blanks: ofUnit, answer: partial, slips: edge.slips.slice(-1), about: written(blanks.local, { run }) };
  const factors = edge.factors && (() => [gradient(net.list[unit][1].at(-1)), run.x[partial]]);
  return { ...edge, blanks: ofUnit, answer: contribution, slips: net.slips[link], factors };
}
