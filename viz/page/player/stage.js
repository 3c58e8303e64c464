// The whole page at a moment, and how its parts share the window.

const controls = byId("controls"), panel = byId("panel"), scrubber = byId("scrubber"), position = byId("position");

function drawControls(now) {
  const pass = now.forward ? "forward" : mistaken() ? "mistaken" : "reverse";
  put(position, phrase(pass, counted(now)));
  position.className = scrubber.className = pass;
  if (Number(scrubber.max) !== lastBeat()) scrubber.max = lastBeat();
  if (scrubber.valueAsNumber !== state.beat) scrubber.value = state.beat;
  scrubber.setAttribute("aria-valuetext", position.textContent);
  for (const [id, end] of [["first", 0], ["back", 0], ["forward", lastBeat()], ["last", lastBeat()]]) {
    byId(id).setAttribute("aria-disabled", String(state.beat === end));
  }
  for (const button of controls.querySelectorAll("[data-panel]")) {
    const { panel } = button.dataset;
    button.setAttribute("aria-pressed", String(panel === state.panel || (panel === "mistakes" && state.mistake !== "")));
  }
  byId("predict").setAttribute("aria-pressed", String(state.predicting));
}

function drawPanel() {
  if (panel.dataset.panel === state.panel) return;
  panel.dataset.panel = state.panel;
  panel.hidden = !state.panel;
  for (const section of panel.querySelectorAll("section")) section.classList.toggle("shown", section.id === state.panel);
  settle();
}

let idle = 0;

// `hurried` is a change on the way of an input that moves: what is not seen waits until it rests.
function render(fresh = false, hurried = false) {
  const now = moment(state.beat);
  for (const find of before) find(now);
  drawPanel();
  drawPicture(now, fresh, hurried);
  drawCaption(now, hurried);
  drawTable(now, hurried);
  drawInputs();
  drawChain();
  drawMistakes(now, hurried);
  drawControls(now);
  for (const draw of drawers) draw(now, fresh, hurried);
  speak(now, hurried);
  if (!hurried) reveal();
  clearTimeout(idle);
  if (hurried) idle = setTimeout(rest, 150);
}

function rest() {
  const now = moment(state.beat);
  drawPicture(now, false, false);
  drawTable(now, false);
  drawMistakes(now, false);
  squeeze();
}

function drawPicture(now, fresh, hurried) {
  const lit = tracedPaths();
  showLens(lensAt(now));
  if (!hurried) drawWires(now, lit);
  if (look.overview && !hurried) drawDots(now, lit);
  drawLabels(now, lit, hurried);
  drawCards(now, lit, fresh, hurried);
}

// The words keep the height of the longest of them, up to a share of the stage, so that the picture never moves. They grow
// into what it leaves free.
let reserved = 0, size = 1;

const total = (measures) => measures.reduce((sum, measure) => sum + measure(), 0);

function settle() {
  const { at, row } = carriedOver?.live?.words ?? {};
  byId("transport").parentElement.style.minHeight = at === placeOfWords() ? `${row}px` : ""; // the buttons may need fewer rows in this language
  const { width, height } = look.size, free = byId("stage").clientHeight - total(heights.below);
  const usual = needed(1);
  // The numbers are to be read from the back row: where the words leave too little for that, the longest are written smaller.
  const legible = look.told.least * innerHeight * height + 0.02 * innerHeight;
  const most = Math.min(usual, 0.3 * free, Math.max(free - legible, 0.18 * innerHeight));
  reserve(most);
  // In a small window the picture scrolls, as long as what a step lights fits; of lenses all is seen anyway, and of a diagram that
  // is drawn for such a window.
  const scale = Math.min(picture.clientWidth / width, picture.clientHeight / height);
  const follows = !look.overview && look.told.like === undefined;
  let fits = scale < 0.5 && follows ? Math.min(0.8, Math.max(0.5, picture.clientWidth / 560), largestFits()) : 0;
  // Beside a panel its numbers stay as large as without: what is in play is in view, the rest may be beyond the edge.
  const beside = state.panel !== "" && innerWidth > innerHeight && follows, legibly = 1.005 * look.told.least * innerHeight;
  look.narrow = beside && Boolean(look.told.opened) && scale < legibly; // of a diagram there is a drawing for that
  if (beside && !look.told.opened) fits = Math.max(fits, Math.min(legibly, largestFits()));
  const least = fits > scale ? fits : 0;
  look.drawing.style.minWidth = `${least * width}px`;
  look.drawing.style.minHeight = `${least * height}px`;
  const left = picture.clientHeight + reserved - (look.narrow ? legibly : look.drawing.clientWidth / width) * height - 0.03 * innerHeight;
  const tried = least ? [] : [1.4, 1.3, 1.2, 1.1];
  let high;
  size = tried.find((grown) => {
    const bound = Math.min(left, 1.1 * grown * usual);
    high = needed(grown, bound);
    return high <= bound;
  }) ?? 1;
  reserve(size > 1 ? high : most); // trying sizes has let it go
  caption.style.setProperty("--grown", size);
  caption.dataset.key = "";
  survey();
  const { scrollWidth, clientWidth, scrollHeight, clientHeight } = picture;
  picture.classList.toggle("scrolled", scrollWidth > clientWidth || scrollHeight > clientHeight);
}

// The scale in which all that any step lights fits the picture's place: both ends of an edge, with what stands beside it; a value
// with the wires that lead to it.
function largestFits() {
  look.span ??= spanned();
  return 0.98 * Math.min(picture.clientWidth / look.span.wide, picture.clientHeight / look.span.high);
}

function spanned() {
  const boxes = new Map(look.cards.map(({ number, box }) => [number, box])), into = new Map(boxes);
  const labels = new Map(look.labels.map(({ number, box }) => [number, box]));
  const joined = (one, other) => other ? {
    left: Math.min(one.left, other.left), right: Math.max(one.right, other.right),
    top: Math.min(one.top, other.top), bottom: Math.max(one.bottom, other.bottom),
  } : one;
  const all = look.wires.map(({ number, group }) => {
    const [node, , parent] = told.edges[number], { x, y, width, height } = group.getBBox();
    const wire = { left: x, right: x + width, top: y, bottom: y + height };
    into.set(node, joined(into.get(node), wire));
    return [boxes.get(node), boxes.get(parent), labels.get(number)].reduce(joined, wire);
  });
  const [wide, high] = [["left", "right"], ["top", "bottom"]].map(([from, to]) => (
    Math.max(1, ...[...all, ...into.values()].map((box) => box[to] - box[from]))));
  return { wide: wide + 12, high: high + 12 };
}

// All that the height of the words depends on, but for their language.
const placeOfWords = () => [innerWidth, innerHeight, state.panel, state.scene, state.predicting, document.body.className, looks.indexOf(look)].join();

// Where the page goes on in another language the words keep the height that they had, if need be in smaller letters: the picture
// stays where it is.
function reserve(height) {
  const { at, high } = carriedOver?.live?.words ?? {};
  reserved = at === placeOfWords() ? high : height + total(heights.within);
  caption.style.minHeight = `${reserved}px`;
}

// The longest sentences; where there are many, but for the few that are longer still.
const longest = Array.from({ length: lastBeat() + 1 }, (_, beat) => moment(beat))
  .map((now) => ({ now, long: written(sentence(now).whole, { run, blanks: sentence(now).blanks }).length }))
  .sort((one, other) => other.long - one.long).slice(Math.max(0, Math.floor(lastBeat() / 10) - 3)).slice(0, 6).map(({ now }) => now);

// The height that the longest sentences take in a size, or of the first that takes more than a bound.
function needed(grown, bound = Infinity) {
  caption.style.minHeight = "";
  caption.style.setProperty("--grown", grown);
  picture.style.contentVisibility = "hidden"; // else all in it is laid out anew for each sentence
  const narrow = grown === 1 && smallestGrown(1) > SMALLEST; // lines break there that elsewhere are written smaller
  let most = 0;
  for (const now of longest) {
    writeCaption(now);
    fill();
    if (narrow) breakLines([...caption.children]);
    most = Math.max(most, grown > 1 && widest() > 1 ? Infinity : caption.offsetHeight);
    if (most > bound) break;
  }
  picture.style.contentVisibility = "";
  return most;
}
