// The sentence of a moment, and the answers to its question.

const caption = byId("caption"), said = byId("said");
// Of a sentence with Hebrew or Arabic names the cells go from right to left, each formula from left to right.
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/, pageDirection = document.documentElement.dir || "ltr";
caption.dir = told.names.some((name) => RIGHT_TO_LEFT.test(name)) ? "rtl" : "ltr";
let pieces = []; // the spans of the sentence, each with its living text
let speaking = 0;

// What is said at a moment: the lines of the caption, the whole sentence, and what stands in their blanks. What asks has the
// answer to it, too: predict.js.
function sentence(now) {
  for (const tell of tellers) {
    const told = tell(now);
    if (told) return told;
  }
  return edgeSentence(now);
}

// What is said where the graph is stepped edge by edge.
function edgeSentence(now) {
  const { forward, at, asking } = now;
  if (forward) {
    return at ? arising(told.forward[at - 1], now) : { lines: [[[[told.start, "data"]]]], whole: told.start };
  }
  const { blanks, mistaken } = sweepSteps()[at], texts = told.templates;
  if (!at) return { lines: texts.seedPieces, whole: texts.seed };
  if (mistaken) return { lines: texts.mistakenPieces, whole: texts.mistaken, blanks };
  if (!asking) return { lines: texts.pieces, whole: texts.said, blanks };
  return asksLocal(now) ? localAsked(at) : contributionAsked(at);
}

// How a value arises: its equation, and when it is answered its local derivatives, unless they are asked for later.
function arising({ node, position, equation, reasons: all, ...asked }, now) {
  const { asking } = now, value = asking ? told.words.unknown : told.data[node], margin = " ".repeat(position.length);
  const reasons = stillAsked("locals", now) ? [] : all;
  const why = asking ? [] : reasons.flatMap((reason, i) => [...parts(i ? ", " : `\n${margin}`), ...parts(reason)]);
  const lines = [[[[equation, ""], [value, "data"]]], asking ? [] : reasons.map((reason) => [[reason, "local"]])];
  const said = { lines, whole: [position, ...parts(equation), ...parts(value), ...why] };
  if (!asking) return said;
  const { answer, slips } = asked, blanks = { ...asked.blanks, equation, value: told.data[node] };
  return { ...said, blanks, answer, slips, ...saidOf(" value") };
}

// What an edge adds, and its local derivative.
function contributionAsked(at) {
  const texts = told.templates, { node, blanks, contribution: answer, slips, local } = told.steps[at];
  const factors = () => [gradient(node), run.x[local.answer]];
  return { lines: texts.question, whole: texts.asked, blanks, answer, slips, factors, kinds: EDGE_KINDS, ...saidOf("") };
}

function localAsked(at) {
  const texts = told.templates, { blanks, local } = told.steps[at];
  return { lines: texts["local question"], whole: texts["local asked"], blanks, ...local, kind: "locals", kinds: EDGE_KINDS, ...saidOf(" local") };
}

const EDGE_KINDS = ["locals", "contributions"]; // what a step asks for, one after the other

const saidOf = (kind) => ({ right: told.templates[`right${kind}`], shown: told.templates[`shown${kind}`] });

const parts = (text) => (typeof text === "string" ? [text] : text);

// The values in play.
const endsOf = ({ forward, at }) => (forward ? (at ? arisen(told.forward[at - 1]) : []) : sweepSteps()[at].ends);
const arisen = ({ node, others = [] }) => [node, ...others];

function writeCaption(now) {
  const { lines, blanks, update } = sentence(now);
  caption.classList.toggle("ahead", now.forward && !update && state.scene !== "curve");
  pieces = [];
  [...caption.children].forEach((paragraph, i) => {
    paragraph.classList.remove("parted", "torn");
    const cells = (lines[i] ?? []).map((cell) => {
      const spans = cell.map(([text, kind]) => {
        const node = make("span", kind ? { class: kind } : {});
        pieces.push({ node, text, blanks, paragraph });
        return node;
      });
      const listed = i === 2 || (now.forward && !now.at);
      return make("bdi", { class: listed ? "cell" : "cell whole", dir: directionOf(cell, i === 2, blanks) }, ...spans);
    });
    paragraph.replaceChildren(...cells.flatMap((cell, i) => (i ? [" ", cell] : [cell])));
  });
}

// In a page from right to left so are cells of words in its language.
function directionOf(cell, isStatus, blanks) {
  const usual = isStatus ? "auto" : "ltr";
  if (pageDirection === "ltr") return usual;
  const own = (text) => (isStatus ? written(text, { run, blanks }) : parts(text).filter((part) => typeof part === "string").join(""));
  return cell.some(([text]) => RIGHT_TO_LEFT.test(own(text))) ? "rtl" : usual;
}

// The marks around words from right to left are for a line from left to right; in one from right to left formulas are set apart.
function setApart(text) {
  return text.replaceAll("\u200e", "").replace(/[^\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]+/g, (between) => {
    const [, before, formula, after] = /^([\s,:;.?]*)(.*?)([\s,:;.?]*)$/s.exec(between);
    return formula ? `${before}\u2066${formula}\u2069${after}` : between;
  });
}

// A text that stands by itself, and runs as the page does.
const asSentence = (text) => (pageDirection === "ltr" ? text : setApart(text));

function drawCaption(now, moved) {
  const key = [state.beat, state.mistake, predicting(now), state.asking, state.part, state.scene, state.unit].join();
  if (caption.dataset.key !== key) {
    caption.dataset.key = key;
    writeCaption(now);
    if (predicting(now)) askFor(now);
    caption.setAttribute("aria-hidden", String(!predicting(now))); // what it says is announced; a field has to be found
  }
  fill();
  caption.classList.toggle("broken", run.bad >= 0);
  drawBroken();
  if (predicting(now)) drawVerdict();
  else caption.querySelector(".status").classList.remove("right");
  if (!moved) squeeze();
}

// What went wrong stands in the place of the sentence, where it covers nothing, as large as it fits there.
function drawBroken() {
  const broken = byId("broken");
  if (!put(broken, run.bad < 0 ? "" : `${trouble(run)}\n${withoutValue()}`) || run.bad < 0) return;
  for (const share of [1, 0.9, 0.8, 0.7, 0.6, 0.5]) {
    broken.style.setProperty("--share", share);
    if (broken.scrollHeight <= broken.clientHeight) return;
  }
}

// What the error leaves without a value, and so without a gradient.
function withoutValue() {
  return phrase("without value", { names: listed(told.names.filter((_, node) => Number.isNaN(run.v[node])), 8) });
}

// Writes the pieces; where formulas break is said for each paragraph.
function fill(breaks = [WHOLE, WHOLE, WHOLE]) {
  const paragraphs = [...caption.children];
  for (const { node, text, blanks, paragraph } of pieces) {
    const line = together(written(text, { run, blanks }), breaks[paragraphs.indexOf(paragraph)]);
    put(node, caption.dir === "ltr" && node.parentNode?.dir === "rtl" ? setApart(line) : line);
  }
  paragraphs.forEach((paragraph, i) => paragraph.classList.toggle("parted", breaks[i] > WHOLE));
}

// How much wider than its place a paragraph is.
const wider = (paragraph) => paragraph.scrollWidth / Math.max(paragraph.clientWidth, 1);
const widest = () => Math.max(...[...caption.children].map(wider));

// A sentence that is wider or higher than its place is written smaller, and its formulas break only where that is not enough;
// within a name, as long as a line, where nothing else is left.
function squeeze() {
  const paragraphs = [...caption.children];
  for (const paragraph of paragraphs) paragraph.classList.remove("torn");
  fill();
  caption.style.setProperty("--grown", size);
  const least = smallestGrown(size), grown = Math.min(size, Math.max(SMALLEST, least, (0.99 * size) / widest()));
  caption.style.setProperty("--grown", widest() > 1 ? grown : size);
  breakLines(paragraphs);
  const now = Number(caption.style.getPropertyValue("--grown"));
  for (const share of [1, 0.93, 0.85, 0.78, 0.72, 0.66, 0.6]) {
    caption.style.setProperty("--grown", Math.max(now * share, least));
    if (caption.offsetHeight <= Math.ceil(reserved) || now * share < Math.max(0.6 * size, least)) return;
  }
}

function breakLines(paragraphs) {
  const breaks = [WHOLE, WHOLE, WHOLE];
  for (const level of [SIDES, TERMS]) {
    paragraphs.forEach((paragraph, i) => { if (wider(paragraph) > 1) breaks[i] = level; });
    if (breaks.includes(level)) fill(breaks);
  }
  for (const paragraph of paragraphs) paragraph.classList.toggle("torn", wider(paragraph) > 1);
}

// In the hand, or at a desk, 16 pixels are the least that is read with ease: how small a sentence may become that is now `grown`.
const smallestGrown = (grown) => Math.min(grown, (16 * grown) / parseFloat(getComputedStyle(caption).fontSize));
const SMALLEST = 0.7; // of the usual size, which can still be read from the back row

// What a screen reader says. While a slider moves it waits for the last of many sentences.
function speak(now, moved) {
  const { whole, blanks } = sentence(now);
  const { verdict = written(whole, { run, blanks }) } = (predicting(now) && state.answer) || {};
  const text = run.bad >= 0 ? trouble(run) : verdict;
  clearTimeout(speaking);
  if (moved) speaking = setTimeout(() => put(said, spelled(text)), 400);
  else put(said, spelled(text));
}
