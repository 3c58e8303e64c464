// A page in several languages: its texts in the one that the address names, the first by default, and a switch. See languages.py.

// Which of the languages a link names.
function languageOf(text) {
  const [, code] = /[#&]language=([^&]*)/.exec(text) ?? [];
  return read.languages.find((one) => one.code === code) ?? read.languages[0];
}

// Before anything is made of the texts: those that differ are put in the places of the first language's, and so are the page's words.
function speakAs({ code, direction, texts }) {
  if (!texts) return;
  for (const [way, text] of unpacked(texts.packed)) {
    const last = way.pop();
    way.reduce((part, key) => part[key], read)[last] = text;
  }
  Object.assign(document.documentElement, { lang: code, dir: direction === "ltr" ? "" : direction });
  layOver(document.querySelector(`template[data-language="${code}"]`).content, document.body);
}

// Lays words over others. Elements correspond in their order; the graph is not among them.
function layOver(words, place) {
  for (const { name, value } of words.attributes ?? []) place.setAttribute(name, value);
  if (place.id === "picture") return;
  if (words.content) return layOver(words.content, place.content);
  if (!words.children.length) {
    if (place.textContent !== words.textContent) place.textContent = words.textContent;
    return;
  }
  const [said, there] = [words, place].map(({ childNodes }) => [...childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE));
  said.forEach((text, i) => { there[i].data = text.data; });
  [...words.children].forEach((one, i) => layOver(one, place.children[i]));
}

// What is read aloud of a picture, and the words in a diagram.
if (language.drawn) {
  for (const { frame, told } of looks) {
    const described = frame.querySelector("desc");
    if (described && told.described) described.textContent = told.described;
    for (const note of frame.querySelectorAll("text.note")) note.textContent = language.drawn[note.textContent] ?? note.textContent;
    for (const cross of frame.querySelectorAll(".closing")) cross.setAttribute("aria-label", byId("close").getAttribute("aria-label"));
  }
}

// The switch ------------------------------------------------------------------------------------------------------------

// The page begins anew in another language, as with another root, and goes on where it was.
let nextSpoken = language; // or the one to change to

function changeLanguage(other, text) {
  if (other === language) return;
  pause();
  dispatchEvent(new Event("pagehide")); // what a file keeps while the page is loaded again, it keeps here, too
  nextSpoken = other;
  const { draft, descents, answer } = state, card = Number(document.activeElement?.closest?.("g.card")?.dataset.number ?? -1);
  const scrolled = [panel.scrollTop, picture.scrollLeft, picture.scrollTop], more = [...remembered.values()].map(({ get }) => get());
  const words = { at: placeOfWords(), high: reserved, row: byId("transport").parentElement.getBoundingClientRect().height };
  anew({ live: { draft, descents, answer, card, scrolled, words, more, past, future } }, text ?? link());
}

// What is not in the address.
function goOn({ draft, descents, answer, card, scrolled, more, ...kept }) {
  past.splice(0, past.length, ...kept.past);
  future.splice(0, future.length, ...kept.future);
  [...remembered.values()].forEach(({ set }, i) => set(more[i]));
  Object.assign(state, { draft, descents });
  standingEntry = entry();
  caption.dataset.key = "";
  update({});
  if (answer && byId("answer")) { // it is judged in other words
    byId("answer").value = answer.text;
    if (answer.shown) showAnswer();
    else checkAnswer(answer.text);
    byId("answer").value = state.draft = draft; // something else may be typed already
  }
  cardAt(card)?.group.focus({ preventScroll: true });
  [panel.scrollTop, picture.scrollLeft, picture.scrollTop] = scrolled;
}

const languageAfter = read.languages[(read.languages.indexOf(language) + 1) % read.languages.length], languageButton = byId("language");
moves.x = () => changeLanguage(languageAfter);
keysOf.language = "x";
addressed.set("language", { get: () => (nextSpoken === read.languages[0] ? "" : nextSpoken.code), set() {} }); // texts.js reads it
addEventListener("hashchange", (event) => {
  const other = languageOf(location.hash);
  if (other === language) return;
  event.stopImmediatePropagation();
  changeLanguage(other, location.hash);
});
languageButton.hidden = false;
languageButton.textContent = languageAfter.name;
Object.assign(languageButton, { lang: languageAfter.code, title: phrase("language", { name: languageAfter.name }) });
languageButton.addEventListener("click", moves.x);
